using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests;

/// <summary>All processes use one account per node: another one's connections could be neither seen nor ended.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class AccountTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const string OtherPassword = "only for tests";

    [Test]
    public async Task A_process_with_another_account_is_turned_away_while_there_is_one([Values] NodeRole role, [Values] bool async)
    {
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("CREATE TABLE item (id INT PRIMARY KEY)");
        var account = await CreateAccountAsync(role);
        await using var other = MakeWith(account, role);

        var exception = async
            ? await Assert.CatchAsync<MirroredDbException>(async () => await other.OpenConnectionAsync())
            : Assert.Catch<MirroredDbException>(() => other.OpenConnection());

        Assert.That(exception!.Message, Does.Contain(role.ToString()).IgnoreCase.And.Contain(account).And.Contain("User ID").And.Contain(Environment.MachineName));
        Assert.That((exception.Node, exception.IsTransient), Is.EqualTo((role, false)));
        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM mirror_instance"), Is.EqualTo((1, 1)), "who is turned away is waited for by nobody");
        await Source.TakeLeaveAsync();
        await Source.DisposeAsync();
        await using (var connection = await other.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item VALUES (1)");
        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM item"), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_process_that_has_died_keeps_no_other_account_out([Values] NodeRole role)
    {
        await using (await Source.OpenConnectionAsync())
        {
            await Source.TakeLeaveAsync();
            await Source.DisposeAsync();
        }

        foreach (var node in new[] { OpenPrimary(), OpenStandby() })
        {
            await using (node)
                await node.ExecuteAsync("INSERT INTO mirror_instance SELECT 'dead', 'elsewhere', 'another', token, 1000000, UTC_TIMESTAMP(6) - INTERVAL 2 SECOND FROM mirror_state");
        }

        await using var other = MakeWith(await CreateAccountAsync(role), role);
        await using var connection = await other.OpenConnectionAsync();
        Assert.That(connection.ExecuteScalar<int>("SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task An_account_with_an_at_sign_in_its_name_is_another_one([Values] NodeRole role)
    {
        await using (await Source.OpenConnectionAsync())
        {
        }

        var own = (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["User ID"];
        await using var other = MakeWith(await CreateAccountAsync(role, $"{own}@{Guid.NewGuid():N}"[..20]), role);
        await Assert.CatchAsync<MirroredDbException>(async () => await other.OpenConnectionAsync());
    }

    [Test]
    public async Task Only_the_connections_of_the_own_account_are_ended([Values("other_", "an@other@")] string prefix)
    {
        var account = await CreateAccountAsync(NodeRole.Primary, $"{prefix}{Guid.NewGuid():N}"[..20]);
        await using var other = MakeWith(account, NodeRole.Primary);
        await using var asking = await other.Mirror.Primary.OpenAsync(async: true, CancellationToken.None);
        await using var ended = await other.Mirror.Primary.OpenAsync(async: true, CancellationToken.None);
        await using var foreign = OpenPrimary();

        await Clients.EndOthersAsync(asking, async: true, CancellationToken.None);

        await Assert.CatchAsync<DbException>(() => ended.ExecuteAsync("DO 0"));
        await foreign.ExecuteAsync("DO 0");
        await asking.ExecuteAsync("DO 0");
    }

    private Task<string> CreateAccountAsync(NodeRole role) => CreateAccountAsync(role, $"other_{Guid.NewGuid():N}"[..20]);

    private async Task<string> CreateAccountAsync(NodeRole role, string account)
    {
        var pair = await Servers.PairAsync(Flavor);
        await using var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = (role == NodeRole.Primary ? pair.Primary : pair.Standby).AdministratorConnectionString;
        await administrator.OpenAsync();
        var database = (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["Database"];
        await administrator.ExecuteAsync($"CREATE USER '{account}'@'%' IDENTIFIED BY '{OtherPassword}'; GRANT ALL ON {database}.* TO '{account}'@'%'");
        return account;
    }

    private MirroredDbDataSource MakeWith(string account, NodeRole role)
    {
        var own = role == NodeRole.Primary ? PrimaryString : StandbyString;
        var its = new DbConnectionStringBuilder { ConnectionString = own, ["User ID"] = account, ["Password"] = OtherPassword }.ConnectionString;
        return role == NodeRole.Primary
            ? MakeSource(new MirroredMySqlOptions(), its, StandbyString)
            : MakeSource(new MirroredMySqlOptions(), PrimaryString, its);
    }
}
