using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>What no rollback undoes: the caller gets what the lead did, and where the follower did not, the table is suspect.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class IrreversibleTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    private const string Columns = "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'item'";

    [TestCase("ALTER TABLE item ADD COLUMN w INT", Columns, 3)]
    [TestCase("TRUNCATE TABLE item", "SELECT COUNT(*) FROM item", 0)]
    public async Task A_schema_change_whose_follower_was_killed_is_the_leads_and_suspect(string statement, string check, int result)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        await KillConnectionAsync(connection, NodeRole.Standby);

        Assert.DoesNotThrow(() => connection.Execute(statement));

        await using var primary = OpenPrimary();
        Assert.That(primary.ExecuteScalar<long>(check), Is.EqualTo(result));
        Assert.That(Source.Status.Suspects.Single().Table, Is.EqualTo("item"));
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
    }

    [Test]
    public async Task A_write_under_table_locks_whose_follower_was_killed_is_the_leads_and_suspect()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        connection.Execute("LOCK TABLES item WRITE");
        await KillConnectionAsync(connection, NodeRole.Standby);

        Assert.That(connection.Execute("INSERT INTO item VALUES (3, 'three')"), Is.EqualTo(1));
        connection.Execute("UNLOCK TABLES");

        await using var primary = OpenPrimary();
        Assert.That(primary.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(3));
        Assert.That(Source.Status.Suspects.Single().Table, Is.EqualTo("item"));
    }

    [TestCase("KILL QUERY", false)]
    [TestCase("KILL", true)]
    public async Task A_write_under_table_locks_that_is_broken_off_on_the_lead_is_suspect(string kill, bool isInDoubt)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        connection.Execute("LOCK TABLES item WRITE");
        var id = IdOf(connection, NodeRole.Primary);
        await using var administrator = await OpenAdministratorAsync(NodeRole.Primary);
        var killer = Task.Run(async () =>
        {
            await UntilRunningAsync(NodeRole.Primary, id, "UPDATE");
            await administrator.ExecuteAsync($"{kill} {id}");
        });

        var exception = Assert.Catch<DbException>(() => connection.Execute("UPDATE item SET v = SLEEP(600)"));
        await killer;

        Assert.That(exception is MirroredDbException { IsInDoubt: true }, Is.EqualTo(isInDoubt), exception!.Message);
        Assert.That(Source.Status.Suspects.Single().Table, Is.EqualTo("item"));
        await using var primary = OpenPrimary();
        Assert.That(primary.Query<string>("SELECT name FROM mirror_suspect"), Is.EqualTo(new[] { "item" }));
    }

    [Test]
    public async Task A_call_that_fails_under_table_locks_is_not_undone_and_its_table_is_suspect()
    {
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('partial'); INSERT INTO item VALUES (1, 'double'); END");
        await using var connection = Source.OpenConnection();
        connection.Execute("LOCK TABLES item WRITE");

        Assert.Catch<DbException>(() => connection.Execute("CALL p()"));
        connection.Execute("UNLOCK TABLES");

        await using var primary = OpenPrimary();
        Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM item WHERE v = 'partial'"), Is.EqualTo(1));
        Assert.That(primary.Query<string>("SELECT name FROM mirror_suspect"), Is.EqualTo(new[] { "item" }));
    }

    [Test]
    public async Task A_write_that_fails_midway_in_a_table_that_does_not_roll_back_is_suspect([Values] bool inTransaction)
    {
        OnEach("CREATE TABLE counted (n INT PRIMARY KEY) ENGINE=MyISAM");
        await using var connection = Source.OpenConnection();
        await using (var transaction = inTransaction ? await connection.BeginTransactionAsync() : null)
            Assert.Catch<DbException>(() => connection.Execute("INSERT INTO counted VALUES (1), (1)", transaction: transaction));

        await using var primary = OpenPrimary();
        Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM counted"), Is.EqualTo(1));
        Assert.That(primary.Query<string>("SELECT name FROM mirror_suspect"), Is.EqualTo(new[] { "counted" }));
    }

    [Test]
    public async Task A_write_that_fails_under_table_locks_changes_nothing_and_is_not_suspect()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("LOCK TABLES item WRITE");

        Assert.Catch<DbException>(() => connection.Execute("INSERT INTO item VALUES (3, 'three'), (1, 'double')"));
        connection.Execute("UNLOCK TABLES");

        await AssertIdenticalAsync();
        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM item"), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task Table_locks_without_autocommit_hold_until_they_are_released()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("SET autocommit = 0");
        connection.Execute("LOCK TABLES item WRITE");
        connection.Execute("INSERT INTO item VALUES (3, 'three')");

        foreach (var role in Enum.GetValues<NodeRole>())
        {
            await using var foreign = Open(role);
            foreign.Execute("SET lock_wait_timeout = 1");
            var exception = Assert.Catch<DbException>(() => foreign.ExecuteScalar("SELECT COUNT(*) FROM item"));
            Assert.That(exception!.Data["Server Error Code"], Is.EqualTo(1205), $"the {role} has let go of the lock");
            foreign.Execute("SET lock_wait_timeout = DEFAULT");
        }

        connection.Execute("COMMIT");
        connection.Execute("UNLOCK TABLES");
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((3L, 3L)));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_drop_of_two_tables_of_which_one_is_missing_tells_what_the_lead_did()
    {
        await using var connection = Source.OpenConnection();
        Assert.Catch<DbException>(() => connection.Execute("DROP TABLE item, missing"));

        // MySQL drops both or none; MariaDB has dropped what it found.
        if (Flavor == ServerFlavor.MySql)
            await AssertSameRowsAsync();
        else
            Assert.That(Source.Status.Suspects.Select(s => s.Table), Does.Contain("item"));
    }
}
