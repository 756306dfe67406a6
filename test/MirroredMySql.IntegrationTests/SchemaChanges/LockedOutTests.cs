using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.SchemaChanges;

/// <summary>Who writes a table waits on the lead until a change of it has reached the follower, and no longer than that.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class LockedOutTests(ServerFlavor flavor) : SchemaChangeTest(flavor)
{
    [TestCase("TRUNCATE TABLE item", "TRUNCATE")]
    [TestCase("ALTER TABLE item ADD COLUMN w INT", "ALTER")]
    [TestCase("ALTER TABLE `item` MODIFY v VARCHAR(50), ADD UNIQUE KEY (v)", "ALTER")]
    [TestCase("CREATE INDEX by_v ON item (v)", "CREATE")]
    [TestCase("DROP INDEX known ON item", "DROP")]
    [TestCase("CREATE TRIGGER fresh BEFORE INSERT ON item FOR EACH ROW SET NEW.v = 'fresh'", "CREATE")]
    [TestCase("DROP TRIGGER known", "DROP")]
    [TestCase("DROP TRIGGER IF EXISTS known", "DROP")]
    public async Task A_writer_waits_until_the_follower_has_changed_too(string change, string beginning)
    {
        OnEach("CREATE INDEX known ON item (v); CREATE TRIGGER known BEFORE INSERT ON item FOR EACH ROW SET NEW.v = 'known'");
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromMinutes(10) });
        await using var connection = source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        var id = IdOf(connection, NodeRole.Standby);
        await using var reader = OpenStandby();
        reader.Execute("BEGIN; SELECT * FROM item");

        var changing = Task.Run(() => connection.Execute(change));
        await UntilRunningAsync(NodeRole.Standby, id, beginning);
        var exception = Assert.Catch<DbException>(() => WriteOnLead("INSERT INTO item (v) VALUES ('early')"));
        reader.Execute("COMMIT");
        await changing;

        Assert.That(NumberOf(exception), Is.EqualTo(1205));
        await AssertSameRowsAsync();
        Assert.That(source.Status.Suspects, Is.Empty);
    }

    [Test]
    public async Task A_trigger_that_another_process_has_created_is_dropped_under_its_tables_lock()
    {
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromMinutes(10) });
        await using var connection = source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        OnEach("CREATE TRIGGER unheard BEFORE INSERT ON item FOR EACH ROW SET NEW.v = 'unheard'");
        var id = IdOf(connection, NodeRole.Standby);
        await using var reader = OpenStandby();
        reader.Execute("BEGIN; SELECT * FROM item");

        var changing = Task.Run(() => connection.Execute("DROP TRIGGER unheard"));
        await UntilRunningAsync(NodeRole.Standby, id, "DROP");
        var exception = Assert.Catch<DbException>(() => WriteOnLead("INSERT INTO item (v) VALUES ('early')"));
        reader.Execute("COMMIT");
        await changing;

        Assert.That(NumberOf(exception), Is.EqualTo(1205));
        Assert.That(source.Status.Suspects, Is.Empty);
    }

    [TestCase("ALTER TABLE item ADD COLUMN w INT")]
    [TestCase("TRUNCATE TABLE item")]
    public async Task A_reader_on_the_follower_delays_a_change_and_does_not_stop_the_lead(string change)
    {
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(1) });
        var suspected = new TaskCompletionSource<SuspectTable>();
        source.TableSuspected += (_, suspect) => suspected.TrySetResult(suspect);
        await using var connection = source.OpenConnection();
        await using var reader = OpenStandby();
        reader.Execute("BEGIN; SELECT * FROM item");

        var changing = Task.Run(() => connection.Execute(change));
        var suspect = await suspected.Task;
        Assert.DoesNotThrow(() => WriteOnLead("INSERT INTO item (id, v) VALUES (40, 'between'); DELETE FROM item WHERE id = 40"));
        Assert.That(changing.IsCompleted, Is.False);
        reader.Execute("COMMIT");
        await changing;

        Assert.That((suspect.Table, suspect.Reason), Is.EqualTo(("item", $"{change.Split(' ')[0]} had to wait on the follower, and writers may have come between.")));
        var (primary, standby) = await ColumnsAsync("item");
        Assert.That(standby, Is.EqualTo(primary));
        await AssertSameRowsAsync();
        await AssertAllLocksAreFreeAsync();
    }

    [Test]
    public async Task A_follower_that_was_waited_for_waits_as_usual_afterwards()
    {
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(1) });
        await using var connection = source.OpenConnection();
        connection.Execute("ALTER TABLE item ADD COLUMN w INT");
        Assert.Catch<DbException>(() => connection.Execute("ALTER TABLE item ADD COLUMN w INT"));
        connection.Execute("UPDATE item SET w = 1");

        var follower = connection.Session.Of(source.Mirror.Standby)!.Physical;
        Assert.That(follower.ExecuteScalar<long>("SELECT @@lock_wait_timeout = @@global.lock_wait_timeout"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_table_is_renamed_on_both_nodes_and_suspect_where_no_lock_is_possible()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("RENAME TABLE item TO thing");
        connection.Execute("INSERT INTO thing (v) VALUES ('three')");

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM thing"), Is.EqualTo(("one,two,three", "one,two,three")));
        Assert.That(await ColumnsAsync("item"), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(
            Source.Status.Suspects.Select(s => $"{s.Table}: {s.Reason}"),
            Is.EqualTo(Flavor == ServerFlavor.MariaDb
                ? ["item: Rename cannot run under a table lock, and writers may have come between.", "thing: Rename cannot run under a table lock, and writers may have come between."]
                : Array.Empty<string>()));
    }

    [Test]
    public async Task A_foreign_key_to_another_table_is_made_on_both_nodes()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("CREATE TABLE part (id INT PRIMARY KEY, item_id INT)");
        connection.Execute("ALTER TABLE part ADD CONSTRAINT of_item FOREIGN KEY (item_id) REFERENCES item (id) ON DELETE CASCADE");
        connection.Execute("INSERT INTO part VALUES (1, 1), (2, 2); DELETE FROM item WHERE id = 2");

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM part"), Is.EqualTo((1L, 1L)));
        Assert.That(await Source.CompareSchemasAsync(), Is.Empty);
        Assert.That(
            Source.Status.Suspects.Select(s => $"{s.Table}: {s.Reason}"),
            Is.EqualTo(Flavor == ServerFlavor.MySql ? ["part: Alter cannot run under a table lock, and writers may have come between."] : Array.Empty<string>()));
        await AssertAllLocksAreFreeAsync();
    }

    [Test]
    public async Task An_account_without_the_right_to_lock_changes_both_nodes_and_the_table_is_suspect()
    {
        await Source.DisposeAsync(); // all processes use one account
        var account = "limited" + Environment.ProcessId;
        foreach (var role in Enum.GetValues<NodeRole>())
        {
            await using var administrator = await OpenAdministratorAsync(role);
            administrator.Execute(
                $"DROP USER IF EXISTS '{account}'@'%'; CREATE USER '{account}'@'%' IDENTIFIED BY 'limited';"
                + $"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, TRIGGER ON {Database}.* TO '{account}'@'%'");
        }

        await using (var source = new MirroredDbDataSource(Driver.Factory, As(account, PrimaryString), As(account, StandbyString)))
        {
            await using var connection = await source.OpenConnectionAsync();
            connection.Execute("ALTER TABLE item ADD COLUMN w INT");

            Assert.That(await ColumnsAsync("item"), Is.EqualTo(("id,v,w", "id,v,w")));
            var suspect = source.Status.Suspects.Single();
            Assert.That(suspect.Table, Is.EqualTo("item"));
            Assert.That(suspect.Reason, Does.Contain("LOCK TABLES"));
        }

        foreach (var role in Enum.GetValues<NodeRole>())
        {
            await using var administrator = await OpenAdministratorAsync(role);
            administrator.Execute($"DROP USER '{account}'@'%'");
        }
    }

    private static string As(string account, string connectionString) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString, ["User ID"] = account, ["Password"] = "limited" }.ConnectionString;
}
