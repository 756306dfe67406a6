using System.Data.Common;
using Dapper;
using MirroredMySql.IntegrationTests.Failover;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.SchemaChanges;

/// <summary>A schema change that fails leaves both nodes alike, or says that it does not, and keeps nobody waiting.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class FailedChangeTests(ServerFlavor flavor) : SchemaChangeTest(flavor)
{
    [TestCase("ALTER TABLE item ADD COLUMN v INT", 1060)]
    [TestCase("ALTER TABLE item DROP COLUMN missing", 1091)]
    [TestCase("ALTER TABLE missing ADD COLUMN v INT", 1146)]
    [TestCase("CREATE UNIQUE INDEX same ON item (same)", 1062)]
    [TestCase("CREATE TABLE item (id INT)", 1050)]
    [TestCase("CREATE TRIGGER t BEFORE INSERT ON missing FOR EACH ROW SET NEW.id = 1", 1146)]
    [TestCase("CREATE VIEW broken AS SELECT nothing FROM item", 1054)]
    [TestCase("DROP INDEX missing ON item", 1091)]
    [TestCase("TRUNCATE TABLE missing", 1146)]
    [TestCase("CREATE TABLE copied (same VARCHAR(9) PRIMARY KEY) SELECT same FROM item", 1062)]
    public async Task A_change_that_fails_on_the_lead_changes_neither_node(string change, int error)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("ALTER TABLE item ADD COLUMN same VARCHAR(9) NOT NULL DEFAULT 'same'");
        var before = await DefinitionsAsync();

        var exception = Assert.Catch<DbException>(() => connection.Execute(change));

        Assert.That(exception, Is.Not.InstanceOf<MirroredDbException>());
        Assert.That(NumberOf(exception), Is.EqualTo(error));
        Assert.That(await DefinitionsAsync(), Is.EqualTo(before));
        Assert.That(before.Primary, Is.EqualTo(before.Standby));
        Assert.That(() => WriteOnLead("INSERT INTO item (id, v) VALUES (40, 'now'); DELETE FROM item WHERE id = 40"), Throws.Nothing);
        await AssertIdenticalAsync();
        connection.Execute("ALTER TABLE item DROP COLUMN same");
        await AssertAllLocksAreFreeAsync();
    }

    [TestCase("ALTER TABLE item ADD COLUMN w INT", "ALTER TABLE item ADD COLUMN w INT")]
    [TestCase("ALTER TABLE item ADD UNIQUE KEY (v)", "UPDATE item SET v = 'same'")]
    [TestCase("CREATE INDEX by_v ON item (v)", "ALTER TABLE item DROP COLUMN v")]
    [TestCase("TRUNCATE TABLE item", "DROP TABLE item")]
    [TestCase("DROP TABLE item", "DROP TABLE item")]
    public async Task A_change_that_fails_on_the_follower_only_takes_it_out_until_its_table_is_copied(string change, string beforehand)
    {
        await using (var standby = OpenStandby())
            standby.Execute(beforehand);
        await using var connection = Source.OpenConnection();
        var (epoch, reasons) = (Source.Status.Epoch, SuspectReasons());

        Assert.DoesNotThrow(() => connection.Execute(change));

        Assert.That(reasons, Has.Some.Contains("failed on the follower"));
        await AssertMendedSinceAsync(epoch);
    }

    [TestCase("DROP TRIGGER known")]
    [TestCase("DROP TRIGGER IF EXISTS known")]
    public async Task A_trigger_that_only_the_lead_could_drop_takes_the_follower_out(string drop)
    {
        OnEach("CREATE TRIGGER known BEFORE INSERT ON item FOR EACH ROW SET NEW.v = 'known'");
        await using (var standby = OpenStandby())
            standby.Execute("DROP TRIGGER known");
        await using var connection = Source.OpenConnection();
        var (epoch, reasons) = (Source.Status.Epoch, SuspectReasons());

        Assert.DoesNotThrow(() => connection.Execute(drop));

        Assert.That(reasons, Is.Not.Empty);
        if (Source.Status.Epoch > epoch)
            await AssertMendedSinceAsync(epoch);
        await AssertSameRowsAsync();
    }

    [Test]
    public async Task A_trigger_that_is_dropped_under_the_callers_own_locks_takes_the_follower_out_where_it_fails()
    {
        OnEach("CREATE TRIGGER known BEFORE INSERT ON item FOR EACH ROW SET NEW.v = 'known'");
        await using (var standby = OpenStandby())
            standby.Execute("DROP TRIGGER known");
        await using var connection = Source.OpenConnection();
        var epoch = Source.Status.Epoch;

        connection.Execute("LOCK TABLES item WRITE");
        Assert.DoesNotThrow(() => connection.Execute("DROP TRIGGER known"));
        connection.Execute("UNLOCK TABLES");

        await AssertMendedSinceAsync(epoch);
    }

    private List<string> SuspectReasons()
    {
        var reasons = new List<string>();
        Source.Mirror.Suspects.Added += suspect => reasons.Add(suspect.Reason);
        return reasons;
    }

    private async Task AssertMendedSinceAsync(long epoch)
    {
        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 } status && status.Epoch > epoch);
        var (primary, standby) = await DefinitionsAsync();
        Assert.That(standby, Is.EqualTo(primary));
        await AssertIdenticalAsync();
        await using var lead = OpenPrimary();
        Assert.That(lead.ExecuteScalar<int>("SELECT COUNT(*) FROM mirror_journal"), Is.Zero);
    }

    [TestCase("DROP TABLE one, missing, two")]
    [TestCase("DROP TABLE missing, two")]
    [TestCase("DROP TABLE one, two, item, missing")]
    public async Task A_drop_of_several_tables_of_which_one_is_missing_drops_the_same_on_both_nodes(string drop)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("CREATE TABLE one (id INT PRIMARY KEY); CREATE TABLE two (id INT PRIMARY KEY)");

        var exception = Assert.Catch<DbException>(() => connection.Execute(drop));

        Assert.That(NumberOf(exception), Is.EqualTo(1051));
        await AssertSameRowsAsync();
        connection.Execute("DROP TABLE IF EXISTS item, one, missing, two");
        await AssertSameRowsAsync();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, 7) <> 'mirror_'"), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task A_change_that_waits_too_long_for_another_one_says_so_and_can_be_tried_again()
    {
        await using var connection = Source.OpenConnection();
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = ("ALTER TABLE item ADD COLUMN w INT", 1);
        await using (var foreign = OpenPrimary())
        {
            Assert.That(foreign.ExecuteScalar<long>($"SELECT GET_LOCK({Mutex}, 0)"), Is.EqualTo(1));

            var exception = Assert.Throws<MirroredDbException>(() => command.ExecuteNonQuery());

            Assert.That(exception!.Message, Does.StartWith("Another schema change of this database did not end within 1 s."));
            Assert.That((exception.IsTransient, exception.IsInDoubt), Is.EqualTo((true, false)));
            Assert.That(await ColumnsAsync("item"), Is.EqualTo(("id,v", "id,v")));
            connection.Execute("INSERT INTO item (v) VALUES ('meanwhile')");
            foreign.Execute($"DO RELEASE_LOCK({Mutex})");
        }

        command.CommandTimeout = 30;
        command.ExecuteNonQuery();
        Assert.That(await ColumnsAsync("item"), Is.EqualTo(("id,v,w", "id,v,w")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_change_that_waits_too_long_for_a_writer_leaves_no_lock_behind()
    {
        await using var connection = Source.OpenConnection();
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = ("ALTER TABLE item ADD COLUMN w INT", 1);
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; UPDATE item SET v = 'theirs' WHERE id = 1");

        Assert.Catch<DbException>(() => command.ExecuteNonQuery());
        foreign.Execute("ROLLBACK");

        Assert.That(await ColumnsAsync("item"), Is.EqualTo(("id,v", "id,v")));
        await AssertAllLocksAreFreeAsync();
        await using var next = Source.OpenConnection();
        next.Execute("INSERT INTO item (v) VALUES ('next')");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_change_that_is_killed_on_the_lead_leaves_no_lock_behind()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; UPDATE item SET v = 'theirs' WHERE id = 1");
        var id = IdOf(connection, NodeRole.Primary);
        var killer = Task.Run(() => KillQueryAsync(NodeRole.Primary, id, "LOCK"));

        Assert.Catch<DbException>(() => connection.Execute("TRUNCATE TABLE item"));
        await killer;
        foreign.Execute("ROLLBACK");

        await AssertAllLocksAreFreeAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('next')");
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((3L, 3L)));
        await AssertIdenticalAsync();
    }

    private Task<(string Primary, string Standby)> DefinitionsAsync() => OnBothAsync<string>(
        """
        SELECT CONCAT_WS('/',
            (SELECT GROUP_CONCAT(TABLE_NAME, ' ', COLUMN_NAME, ' ', COLUMN_TYPE ORDER BY TABLE_NAME, ORDINAL_POSITION)
                FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()),
            (SELECT GROUP_CONCAT(TABLE_NAME, ' ', INDEX_NAME, ' ', COLUMN_NAME ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX)
                FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()),
            (SELECT GROUP_CONCAT(TRIGGER_NAME ORDER BY TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()))
        """);
}
