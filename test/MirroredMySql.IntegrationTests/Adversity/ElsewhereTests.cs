using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>Sessions that have another database open than the nodes' own: its tables are meant wherever something is written down.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ElsewhereTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    private string _other = "";

    [SetUp]
    public async Task CreateOther()
    {
        var (other, _) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(Flavor));
        _other = (string)new DbConnectionStringBuilder { ConnectionString = other }["Database"];
        OnEach($"CREATE TABLE {_other}.item (id INT PRIMARY KEY, v VARCHAR(40) UNIQUE)");
    }

    [Test]
    public async Task What_only_the_follower_fails_is_mended_there([Values] bool inTransaction, [Values] bool byText)
    {
        await using (var standby = OpenStandby())
            await standby.ExecuteAsync($"INSERT INTO {_other}.item VALUES (40, 'taken')");
        using (new Failover.HeldReturn())
        await using (var connection = await OpenThereAsync(Source, byText))
        {
            await using var transaction = inTransaction ? await connection.BeginTransactionAsync() : null;
            await connection.ExecuteAsync("INSERT INTO item VALUES (1, 'taken')", transaction: transaction);
            if (transaction is not null)
                await transaction.CommitAsync();
        }

        await AssertMendedAsync(Source);
    }

    [Test]
    public async Task What_a_procedure_writes_there_whose_text_nobody_knows_is_mended()
    {
        var source = MakeOther(new MirroredMySqlOptions());
        await using (var standby = OpenStandby())
            await standby.ExecuteAsync($"INSERT INTO {_other}.item VALUES (40, 'taken')");
        using (new Failover.HeldReturn())
        await using (var connection = await OpenThereAsync(source, byText: true))
        {
            await connection.ExecuteAsync("CREATE PROCEDURE p() BEGIN SET @s = 'INSERT INTO item VALUES (1, ''taken'')'; PREPARE s FROM @s; EXECUTE s; END");
            await connection.ExecuteAsync("CALL p()");
        }

        await AssertMendedAsync(source);
    }

    [Test]
    public async Task What_is_suspect_there_says_so()
    {
        await using var connection = await OpenThereAsync(Source, byText: true);
        await connection.ExecuteAsync("INSERT INTO item VALUES (1, 'one'), (2, 'two'); UPDATE item SET v = UUID()");

        Assert.That(Source.Status.Suspects.Select(s => s.Table), Is.EqualTo(new[] { $"{_other}.item" }));
    }

    private async Task<MirroredDbConnection> OpenThereAsync(MirroredDbDataSource source, bool byText)
    {
        var connection = await source.OpenConnectionAsync();
        if (byText)
            await connection.ExecuteAsync($"USE {_other}");
        else
            await connection.ChangeDatabaseAsync(_other);
        return connection;
    }

    private async Task AssertMendedAsync(MirroredDbDataSource source)
    {
        await Failover.Eventually.IsAsync(() => source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 });
        Assert.That(await OnBothAsync<string>($"SELECT GROUP_CONCAT(id, v) FROM {_other}.item"), Is.EqualTo(("1taken", "1taken")));
    }
}
