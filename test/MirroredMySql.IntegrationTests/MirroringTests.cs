using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>A statement has the same effect on both nodes, and the caller gets what a bare driver would give.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class MirroringTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    [SetUp]
    public void CreateTable()
    {
        using var connection = Source.OpenConnection();
        connection.Execute(
            """
            CREATE TABLE item (
                id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(40) UNIQUE, n INT NOT NULL DEFAULT 0, r DOUBLE NULL,
                made DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
                seen TIMESTAMP(6) NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))
            """);
    }

    [Test]
    public async Task A_schema_change_reaches_both_nodes()
    {
        var (primary, standby) = await OnBothAsync<long>(
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'item'");
        Assert.That((primary, standby), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task Every_kind_of_write_has_the_same_effect_on_both_nodes([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        string[] statements =
        [
            "INSERT INTO item (code) VALUES ('a')",
            "INSERT INTO item (code, n) VALUES ('b', 1), ('c', 2), ('d', 3)",
            "INSERT INTO item (id, code) VALUES (50, 'explicit')",
            "INSERT INTO item (id, code) VALUES (NULL, 'x'), (70, 'y'), (NULL, 'z')",
            "INSERT IGNORE INTO item (code) VALUES ('a'), ('fresh'), ('b')",
            "INSERT INTO item (code) VALUES ('a') ON DUPLICATE KEY UPDATE n = n + 1",
            "INSERT INTO item (code) VALUES ('b'), ('new'), ('c') ON DUPLICATE KEY UPDATE n = n + 10",
            "INSERT INTO item (code) VALUES ('a') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), n = n + 1",
            "REPLACE INTO item (code, n) VALUES ('d', 9)",
            "INSERT INTO item (code, n) SELECT CONCAT(code, '-copy'), n FROM item WHERE n > 0 ORDER BY id",
            "UPDATE item SET n = n + 1, r = RAND() ORDER BY id",
            "UPDATE item SET made = NOW(6), r = RAND() WHERE code = 'a' -- a comment at the end",
            "INSERT INTO item (code, made) VALUES (CONCAT('t', UNIX_TIMESTAMP(NOW(6))), UTC_TIMESTAMP(6)) # another",
            "DELETE FROM item WHERE n > 5",
            "INSERT INTO item (code, n) VALUES ('last', LAST_INSERT_ID())",
        ];
        foreach (var statement in statements)
            _ = async ? await connection.ExecuteAsync(statement) : connection.Execute(statement);

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(10));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task The_insert_id_follows_the_bare_driver()
    {
        await using var bare = OpenPrimary();
        await using var mirrored = Source.OpenConnection();
        bare.Execute("CREATE TABLE bare_item LIKE item");
        string[] statements =
        [
            "INSERT INTO {0} (code) VALUES ('a')",
            "INSERT INTO {0} (code) VALUES ('b'), ('c')",
            "INSERT INTO {0} (id, code) VALUES (50, 'explicit')",
            "INSERT INTO {0} (code) VALUES ('a') ON DUPLICATE KEY UPDATE n = n + 1",
            "UPDATE {0} SET n = 7 WHERE code = 'b'",
            "UPDATE {0} SET n = LAST_INSERT_ID(n + 5) WHERE code = 'b'",
            "DELETE FROM {0} WHERE code = 'c'",
            "INSERT IGNORE INTO {0} (code) VALUES ('a')",
            "SELECT LAST_INSERT_ID(77)",
        ];
        foreach (var statement in statements)
        {
            var expected = bare.Execute(string.Format(null, statement, "bare_item"));
            var actual = mirrored.Execute(string.Format(null, statement, "item"));
            Assert.That(actual, Is.EqualTo(expected), statement);
            Assert.That(mirrored.ExecuteScalar<ulong>("SELECT LAST_INSERT_ID()"), Is.EqualTo(bare.ExecuteScalar<ulong>("SELECT LAST_INSERT_ID()")), statement);
        }
    }

    [Test]
    public async Task A_failed_statement_throws_the_drivers_exception_and_leaves_the_session_clean()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (code) VALUES ('a')");

        var exception = Assert.Catch<DbException>(() => connection.Execute("INSERT INTO item (code) VALUES ('a')"));

        Assert.That(exception, Is.Not.InstanceOf<MirroredDbException>());
        Assert.That(exception!.Data["Server Error Code"], Is.EqualTo(1062));
        Assert.That(connection.ExecuteScalar<long>("SELECT LAST_INSERT_ID()"), Is.EqualTo(1));
        var first = connection.ExecuteScalar<decimal>("SELECT UNIX_TIMESTAMP(NOW(6))");
        Assert.That(() => connection.ExecuteScalar<decimal>("SELECT UNIX_TIMESTAMP(NOW(6))"), Is.GreaterThan(first), "the clock is frozen");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_transaction_with_savepoints_commits_the_same_on_both_nodes([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = async ? await connection.BeginTransactionAsync() : connection.BeginTransaction();
        connection.Execute("INSERT INTO item (code) VALUES ('kept')", transaction: transaction);
        if (async)
            await transaction.SaveAsync("one");
        else
            transaction.Save("one");
        connection.Execute("INSERT INTO item (code) VALUES ('undone')", transaction: transaction);
        if (async)
            await transaction.RollbackAsync("one");
        else
            transaction.Rollback("one");
        connection.Execute("UPDATE item SET n = 5", transaction: transaction);
        if (async)
            await transaction.CommitAsync();
        else
            transaction.Commit();

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(code, n) FROM item"), Is.EqualTo(("kept5", "kept5")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_rollback_leaves_nothing_on_either_node()
    {
        await using (var connection = Source.OpenConnection())
        {
            using (var transaction = connection.BeginTransaction())
            {
                connection.Execute("INSERT INTO item (code) VALUES ('a')", transaction: transaction);
                transaction.Rollback();
            }

            using (var transaction = connection.BeginTransaction())
                connection.Execute("INSERT INTO item (code) VALUES ('b')", transaction: transaction);
            connection.BeginTransaction();
            connection.Execute("INSERT INTO item (code) VALUES ('c')");
        }

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((0L, 0L)));
    }

    [TestCase("START TRANSACTION", "COMMIT", 1)]
    [TestCase("BEGIN WORK", "ROLLBACK", 0)]
    [TestCase("SET autocommit = 0", "COMMIT", 1)]
    [TestCase("SET autocommit = 0", "ROLLBACK", 0)]
    [TestCase("SET autocommit = 0", "SET autocommit = 1", 1)]
    [TestCase("START TRANSACTION", "TRUNCATE TABLE other", 1)]
    public async Task A_transaction_steered_by_text_behaves_as_on_one_server(string begin, string end, int rows)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("CREATE TABLE other (id INT PRIMARY KEY)");
        connection.Execute(begin);
        connection.Execute("INSERT INTO item (code) VALUES ('a')");
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((0L, 0L)), "not committed yet");

        connection.Execute(end);

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(((long)rows, (long)rows)));
    }

    [Test]
    public void Reading_opens_one_physical_connection()
    {
        using var connection = Source.OpenConnection();
        connection.Query<long>("SELECT COUNT(*) FROM item").Single();
        Assert.That(connection.Session.Of(Source.Mirror.Standby), Is.Null);

        connection.Execute("INSERT INTO item (code) VALUES ('a')");
        Assert.That(connection.Session.Of(Source.Mirror.Standby), Is.Not.Null);
    }

    [Test]
    public async Task Session_state_is_the_same_on_both_nodes()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("SET time_zone = '+05:00'");
        connection.Execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')");
        connection.Execute("CREATE TEMPORARY TABLE scratch (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))");
        connection.Execute("INSERT INTO scratch (v) VALUES ('one'), ('two')");
        connection.Execute("INSERT INTO item (code, made) SELECT v || '!', FROM_UNIXTIME(0) FROM scratch ORDER BY id");

        Assert.That(
            await OnBothAsync<string>("SELECT GROUP_CONCAT(code, ' ', DATE_FORMAT(made, '%H:%i') ORDER BY id) FROM item"),
            Is.EqualTo(("one! 05:00,two! 05:00", "one! 05:00,two! 05:00")));
        await AssertIdenticalAsync();
    }

    [Test]
    public void Nothing_of_a_session_reaches_the_next_user_of_its_connections()
    {
        using (var connection = Source.OpenConnection())
        {
            connection.Execute("SET time_zone = '+05:00'");
            connection.Execute("CREATE TEMPORARY TABLE scratch (id INT)");
            connection.Execute("INSERT INTO scratch VALUES (1)");
        }

        using var next = Source.OpenConnection();
        Assert.That(next.ExecuteScalar<string>("SELECT @@time_zone"), Is.Not.EqualTo("+05:00"));
        Assert.Catch<DbException>(() => next.Execute("SELECT * FROM scratch"));
    }

    [Test]
    public async Task Statements_in_one_text_run_in_order_and_stop_at_the_first_error()
    {
        await using var connection = Source.OpenConnection();
        Assert.Catch<DbException>(() => connection.Execute(
            "INSERT INTO item (code) VALUES ('a'); INSERT INTO item (code) VALUES ('a'); INSERT INTO item (code) VALUES ('b')"));

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(code) FROM item"), Is.EqualTo(("a", "a")));
        Assert.That(connection.Execute("UPDATE item SET n = 1; INSERT INTO item (code) VALUES ('c'), ('d')"), Is.EqualTo(3));
        await AssertIdenticalAsync();
    }

    [Test]
    public void A_statement_that_cannot_be_mirrored_is_refused_with_the_remedy()
    {
        using var connection = Source.OpenConnection();
        var exception = Assert.Throws<MirroredDbException>(() => connection.Execute("GRANT SELECT ON *.* TO nobody"));
        Assert.That(exception!.Message, Does.Contain("docs/"));
    }

    [Test]
    public async Task A_difference_in_the_outcome_makes_the_table_suspect_and_the_caller_sees_the_lead()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (code) VALUES ('a'), ('b')");
        await using (var standby = OpenStandby())
            standby.Execute("DELETE FROM item WHERE code = 'b'");

        for (var i = 1; i <= 2; i++)
        {
            Assert.That(connection.Execute($"UPDATE item SET n = {i} WHERE code IN ('a', 'b')"), Is.EqualTo(2));
            Assert.That((Source.Status.Suspects.Single().Table, Source.Status.Suspects.Single().Count), Is.EqualTo(("item", i)));
        }

        Assert.That(Logs.Entries.Count(e => e.Id.Id == 6), Is.EqualTo(1), "one line per table");
    }

    [Test]
    public async Task A_write_that_only_the_follower_fails_is_carried_out_and_the_follower_mended([Values] bool inTransaction)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (code) VALUES ('a')");
        await using (var standby = OpenStandby())
            standby.Execute("INSERT INTO item (id, code) VALUES (40, 'c')");

        using (new Failover.HeldReturn())
        await using (var transaction = inTransaction ? await connection.BeginTransactionAsync() : null)
        {
            Assert.That(connection.Execute("INSERT INTO item (code) VALUES ('c')", transaction: transaction), Is.EqualTo(1), "the follower's duplicate key is not the caller's");
            Assert.That(Source.Status.Mode, Is.Not.EqualTo(MirrorMode.Mirrored), "it must not come to lead");
            if (transaction is not null)
                await transaction.CommitAsync();
        }

        await Failover.Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 });
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(code ORDER BY id) FROM item"), Is.EqualTo(("a,c", "a,c")));
    }

    [Test]
    public void A_commit_after_a_deadlock_does_not_pretend_to_have_committed()
    {
        using var one = Source.OpenConnection();
        using var two = Source.OpenConnection();
        one.Execute("INSERT INTO item (code) VALUES ('a'), ('b')");
        using var first = one.BeginTransaction();
        using var second = two.BeginTransaction();
        one.Execute("UPDATE item SET n = 1 WHERE code = 'a'");
        two.Execute("UPDATE item SET n = 2 WHERE code = 'b'");
        var waiting = Task.Run(() => one.Execute("UPDATE item SET n = 1 WHERE code = 'b'"));
        Exception? victim = null;
        try
        {
            two.Execute("UPDATE item SET n = 2 WHERE code = 'a'");
        }
        catch (DbException e)
        {
            victim = e;
        }

        try
        {
            waiting.Wait();
        }
        catch (AggregateException e)
        {
            victim = e.InnerException;
        }

        Assert.That(victim, Is.InstanceOf<DbException>());
        var failed = waiting.IsFaulted ? first : second;
        Assert.That(Assert.Throws<MirroredDbException>(failed.Commit)!.IsTransient, Is.True);
        (failed == first ? second : first).Commit();
        Assert.That(Source.Status.Suspects, Is.Empty);
    }
}
