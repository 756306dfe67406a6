using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>SET TRANSACTION, which is for the next transaction only, on either node.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class NextTransactionTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [TestCase("SET TRANSACTION READ ONLY; START TRANSACTION; SELECT * FROM thing; COMMIT")]
    [TestCase("SET TRANSACTION READ ONLY; SELECT * FROM thing")]
    [TestCase("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY; BEGIN; COMMIT")]
    public async Task What_one_transaction_was_told_the_next_one_is_not(string text)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute(text);
        connection.Execute("INSERT INTO thing (name) VALUES ('after')");

        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_write_in_a_transaction_that_only_reads_fails_as_with_the_bare_driver()
    {
        await using var connection = Source.OpenConnection();
        await using var bare = OpenPrimary();
        const string Text = "SET TRANSACTION READ ONLY; START TRANSACTION; INSERT INTO thing (name) VALUES ('never')";
        var expected = Assert.Catch(() => bare.Execute(Text));

        Assert.That(() => connection.Execute(Text), Throws.InstanceOf(expected!.GetType()).With.Message.EqualTo(expected.Message));

        connection.Execute("ROLLBACK");
        connection.Execute("INSERT INTO thing (name) VALUES ('after')");
        await AssertIdenticalAsync();
    }

    [TestCase("SERIALIZABLE")]
    [TestCase("READ COMMITTED")]
    public async Task Both_halves_have_the_level_that_was_asked_for(string level)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute($"SET TRANSACTION ISOLATION LEVEL {level}; BEGIN; INSERT INTO thing (name) VALUES ('held')");
        var pair = await Servers.PairAsync(Flavor);

        foreach (var (server, node) in new[] { (pair.Primary, Source.Mirror.Primary), (pair.Standby, Source.Mirror.Standby) })
        {
            var id = connection.Session.Of(node)!.Physical.ExecuteScalar<long>("SELECT CONNECTION_ID()");
            await using var administrator = Driver.Factory.CreateConnection()!;
            administrator.ConnectionString = server.AdministratorConnectionString;
            Assert.That(
                await administrator.ExecuteScalarAsync<string>($"SELECT trx_isolation_level FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = {id}"),
                Is.EqualTo(level), node.Name);
        }

        connection.Execute("COMMIT");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_schema_change_leaves_no_limit_of_its_own_behind()
    {
        await using var source = MakeSource(new MirroredMySqlOptions { ReadPreference = ReadPreference.Standby });
        const string Limit = "SELECT @@lock_wait_timeout";
        long before;
        await using (var connection = source.OpenConnection())
            before = connection.ExecuteScalar<long>(Limit);
        await using (var connection = source.OpenConnection())
            connection.Execute("ALTER TABLE thing ADD COLUMN later INT");

        var connections = Enumerable.Range(0, 12).Select(_ => source.OpenConnection()).ToList();
        Assert.That(connections.Select(c => c.ExecuteScalar<long>(Limit)), Is.All.EqualTo(before));
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }
}
