using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A node fails: the other one serves, nothing acknowledged is lost, and what the absent node misses is on record.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class FailoverTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    [Test]
    public async Task A_write_goes_on_when_the_standby_dies_and_reaches_it_when_it_is_back([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Standby.Kill();

        _ = async ? await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')") : connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(Source.Status, Has.Property(nameof(MirrorStatus.Mode)).EqualTo(MirrorMode.Solo).And.Property(nameof(MirrorStatus.Lead)).EqualTo(NodeRole.Primary));
        Assert.That(Source.Status.Suspects, Is.Empty);
        Assert.That(Logs.Entries.Where(e => e.Level == Microsoft.Extensions.Logging.LogLevel.Error), Is.Not.Empty);
        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "both", "alone" }));
        await Pair.Standby.StartAsync();
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_write_moves_to_the_standby_when_the_primary_dies([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Primary.Kill();

        _ = async ? await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')") : connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "both", "alone" }));
        await Pair.Primary.StartAsync();
        await AssertInStepAsync(2);
        Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby), "it leads until it is told otherwise");
    }

    [Test]
    public void A_read_is_repeated_on_the_other_node()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        using var reader = Source.OpenConnection();
        Pair.Primary.Kill();

        Assert.That(reader.ExecuteScalar<string>("SELECT v FROM item"), Is.EqualTo("both"));
        using var late = Source.OpenConnection();
        Assert.That(late.ExecuteScalar<string>("SELECT v FROM item"), Is.EqualTo("both"));
    }

    [Test]
    public void A_transaction_that_only_wrote_survives_the_loss_of_the_primary()
    {
        using var connection = Source.OpenConnection();
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
            Pair.Primary.Kill();
            // The statement that meets the dead node fails or not; what counts is that nothing is half done.
            try
            {
                connection.Execute("INSERT INTO item (v) VALUES ('two')", transaction: transaction);
                transaction.Commit();
            }
            catch (MirroredDbException e) when (e.IsTransient)
            {
                transaction.Rollback();
                connection.Execute("INSERT INTO item (v) VALUES ('one'), ('two')");
            }
        }

        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "one", "two" }));
        Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby));
    }

    [TestCase(IsolationLevel.ReadCommitted, "SELECT COUNT(*) FROM item", ExpectedResult = true)]
    [TestCase(IsolationLevel.ReadCommitted, "SELECT COUNT(*) FROM item FOR UPDATE", ExpectedResult = false)]
    [TestCase(IsolationLevel.ReadCommitted, "SELECT COUNT(*) FROM item LOCK IN SHARE MODE", ExpectedResult = false)]
    [TestCase(IsolationLevel.RepeatableRead, "SELECT COUNT(*) FROM item", ExpectedResult = false)]
    [TestCase(IsolationLevel.Serializable, "SELECT COUNT(*) FROM item", ExpectedResult = false)]
    [TestCase(IsolationLevel.Snapshot, "SELECT 1", ExpectedResult = false)]
    [TestCase(IsolationLevel.Serializable, "", ExpectedResult = true)]
    public bool A_transaction_survives_the_loss_of_the_primary_unless_its_reads_would_not_be_the_same_elsewhere(IsolationLevel isolation, string read)
    {
        using var connection = Source.OpenConnection();
        using var transaction = connection.BeginTransaction(isolation);
        connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
        if (read.Length > 0)
            connection.ExecuteScalar<long>(read, transaction: transaction);
        Pair.Primary.Kill();

        var survives = true;
        try
        {
            connection.Execute("INSERT INTO item (v) VALUES ('two')", transaction: transaction);
            transaction.Commit();
        }
        catch (MirroredDbException e) when (e.IsTransient)
        {
            survives = false;
            transaction.Rollback();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(survives ? 2 : 0));
        return survives;
    }

    [Test]
    public void A_transaction_goes_on_when_the_standby_dies()
    {
        using var connection = Source.OpenConnection();
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
            Pair.Standby.Kill();
            connection.Execute("INSERT INTO item (v) VALUES ('two')", transaction: transaction);
            transaction.Commit();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    [Test]
    public async Task A_transaction_whose_commit_meets_a_dead_node_is_on_both_when_it_is_back([Values] NodeRole lost)
    {
        await using var connection = Source.OpenConnection();
        var server = lost == NodeRole.Primary ? Pair.Primary : Pair.Standby;
        var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
        server.Kill();
        try
        {
            transaction.Commit();
        }
        catch (MirroredDbException e) when (e.IsTransient && lost == NodeRole.Primary)
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')");
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(1));
        Assert.That(Source.Status.Lead, Is.Not.EqualTo(lost));
        await server.StartAsync();
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task Everything_that_a_node_has_missed_reaches_it()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("CREATE TABLE IF NOT EXISTS log (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME(6), who VARCHAR(40), r DOUBLE)");
        Pair.Standby.Kill();
        for (var i = 0; i < 300; i++)
            connection.Execute("INSERT INTO item (v) VALUES (@v)", new { v = $"número {i}" });
        connection.Execute("UPDATE item SET v = CONCAT(v, UUID()) WHERE id = 1; DELETE FROM item ORDER BY v LIMIT 7; INSERT INTO log (at, who, r) SELECT NOW(6), v, RAND() FROM item ORDER BY id");
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('kept')", transaction: transaction);
            await transaction.SaveAsync("here");
            connection.Execute("INSERT INTO item (v) VALUES ('taken back')", transaction: transaction);
            await transaction.RollbackAsync("here");
            await transaction.CommitAsync();
        }

        connection.Execute("CREATE TABLE late (id INT PRIMARY KEY, b BLOB); INSERT INTO late VALUES (1, @b)", new { b = new byte[] { 0, 255, 39 } });
        connection.Execute("ALTER TABLE item ADD COLUMN w INT NOT NULL DEFAULT 3");
        connection.Execute("SET sql_mode='ANSI_QUOTES', time_zone='+05:00'; INSERT INTO \"log\" (at, who) VALUES (NOW(6), 'zone')");
        await Pair.Standby.StartAsync();

        await AssertInStepAsync(294);
    }

    [Test]
    public async Task Nothing_of_the_lost_lead_that_was_not_acknowledged_stays()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Standby.Kill();
        await using (var direct = Open(Pair.Primary))
            direct.Execute($"UPDATE mirror_writer SET number = number + 1; INSERT INTO item (v) VALUES ('committed on one node only')");
        connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await Pair.Standby.StartAsync();

        await AssertInStepAsync(3);
    }

    [Test]
    public async Task A_process_that_starts_alone_serves_only_what_led_alone()
    {
        await using (var connection = Source.OpenConnection())
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Standby.Kill();
        await using var late = MakeSource(new MirroredMySqlOptions());
        Assert.That(() => late.OpenConnection(), Throws.InstanceOf<MirroredDbException>().With.Message.Contains(nameof(MirroredMySqlOptions.StartAlone)));

        await using (var connection = Source.OpenConnection())
            connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await using var later = MakeSource(new MirroredMySqlOptions());
        await using var served = await later.OpenConnectionAsync();
        Assert.That(served.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
    }

    [Test]
    public async Task Another_process_hears_of_a_lost_node_from_the_node_that_is_left()
    {
        await using var other = MakeSource(new MirroredMySqlOptions());
        await using var theirs = await other.OpenConnectionAsync();
        theirs.Execute("INSERT INTO item (v) VALUES ('theirs')");
        await using var ours = await Source.OpenConnectionAsync();
        ours.Execute("INSERT INTO item (v) VALUES ('ours')");
        Pair.Standby.Kill();
        ours.Execute("INSERT INTO item (v) VALUES ('alone')");
        await Pair.Standby.StartAsync();

        theirs.Execute("INSERT INTO item (v) VALUES ('theirs too')");

        await AssertInStepAsync(4);
    }

    [Test]
    public void Without_failover_a_lost_primary_is_an_error()
    {
        using var manual = MakeSource(new MirroredMySqlOptions { FailoverPolicy = FailoverPolicy.Manual });
        using var connection = manual.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Primary.Kill();

        Assert.Catch<DbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('never')"));
        Assert.That(manual.Status.Lead, Is.EqualTo(NodeRole.Primary));
        Assert.Throws<MirroredDbException>(() => manual.OpenConnection());
    }

    [Test]
    public async Task A_connection_that_was_killed_is_no_lost_node()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('one')");
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await KillConnectionsAsync(server);
            connection.Execute("INSERT INTO item (v) VALUES ('again')");
        }

        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        Assert.That(Source.Status.Suspects, Is.Empty);
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    [Test]
    public async Task The_journal_leaves_no_trace_in_the_session()
    {
        await using var connection = Source.OpenConnection();
        Pair.Standby.Kill();
        for (var i = 1; i <= 5; i++)
            connection.Execute("DELETE FROM item");

        Assert.That(connection.ExecuteScalar<long>("INSERT INTO item (v) VALUES ('one'); SELECT LAST_INSERT_ID()"), Is.EqualTo(1));
        Assert.That(connection.ExecuteScalar<long>("UPDATE item SET v = 'two'; SELECT ROW_COUNT()"), Is.EqualTo(1));
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('three')", transaction: transaction);
            await transaction.CommitAsync();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT LAST_INSERT_ID()"), Is.EqualTo(2));
        await Pair.Standby.StartAsync();
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_write_of_a_process_that_has_not_heard_of_the_new_lead_moves_there([Values] bool async)
    {
        await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromHours(1) });
        await using var theirs = await other.OpenConnectionAsync();
        theirs.Execute("INSERT INTO item (v) VALUES ('theirs')");
        await Source.Mirror.LoseAsync(Source.Mirror.Primary, new TimeoutException("It did not answer."), "testing", async: true);

        _ = async ? await theirs.ExecuteAsync("INSERT INTO item (v) VALUES ('a'), ('b')") : theirs.Execute("INSERT INTO item (v) VALUES ('a'), ('b')");

        await AssertInStepAsync(3);
    }

    [Test]
    public async Task A_suspicion_outlives_the_lead_that_it_was_written_down_on([Values] bool isLost)
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            Source.Mirror.Suspects.Add(["item"], "a test says so");
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('written down before this is committed')");
        }

        if (isLost)
            Pair.Primary.Kill();
        else
            await Source.SwitchLeadAsync(NodeRole.Standby);
        await Eventually.IsAsync(() => Source.Status.Lead == NodeRole.Standby);
        await using var other = MakeSource(new MirroredMySqlOptions());
        await using (await other.OpenConnectionAsync())
            await Eventually.IsAsync(() => other.Status.Suspects.Any(s => s.Table == "item"));

        await using var standby = Open(Pair.Standby);
        Assert.That(standby.ExecuteScalar<string>("SELECT reason FROM mirror_suspect WHERE name = 'item'"), Is.EqualTo("a test says so"));
    }

    [Test]
    public async Task A_commit_of_nothing_but_reads_whose_follower_connection_is_gone_leaves_no_transaction_behind()
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await transaction.SaveAsync("joined by both");
            await KillConnectionsAsync(Pair.Standby);
            await transaction.CommitAsync();
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('acknowledged')");
        }

        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_write_that_no_rollback_takes_back_is_not_run_twice()
    {
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE TABLE counted (n INT) ENGINE=MyISAM");
        await connection.ExecuteAsync("INSERT INTO counted VALUES (0)");
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            await direct.ExecuteAsync("UPDATE mirror_state SET previous = token, token = REPEAT('b', 32), epoch = epoch + 1");
        }

        await connection.ExecuteAsync("UPDATE counted SET n = n + 1");

        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That((primary.ExecuteScalar<int>("SELECT n FROM counted"), standby.ExecuteScalar<int>("SELECT n FROM counted")), Is.EqualTo((1, 1)));
    }
}
