using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>
/// The rows of docs/sql.md: what is exact leaves both nodes the same and nothing suspect, also where the servers' own clocks, counters
/// and identities differ; what is not exact is recorded with its reason.
/// </summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ExactnessTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private MirroredDbConnection _connection = null!;

    [SetUp]
    public void CreateTables()
    {
        // Connection ids that differ, as they do in life.
        using (OpenPrimary())
        using (OpenPrimary())
            _connection = Source.OpenConnection();
        _connection.Execute(
            """
            CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(100) NULL, n INT NOT NULL DEFAULT 0, at DATETIME(6) NULL);
            CREATE TABLE heap (n INT NOT NULL, note VARCHAR(100) NULL);
            CREATE TABLE guid (id INT PRIMARY KEY, g VARCHAR(64) NOT NULL DEFAULT (UUID()), n INT NULL);
            CREATE TABLE pair (a INT NOT NULL, b INT NOT NULL, n INT NOT NULL DEFAULT 0, PRIMARY KEY (a, b));
            CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(100));
            CREATE TABLE watched (id INT PRIMARY KEY, n INT);
            CREATE TABLE stamped (id INT PRIMARY KEY, n INT, twice INT);
            CREATE TRIGGER watch AFTER INSERT ON watched FOR EACH ROW INSERT INTO audit (what) VALUES ('new');
            CREATE TRIGGER stamp BEFORE INSERT ON stamped FOR EACH ROW SET NEW.twice = NEW.n * 2;
            CREATE PROCEDURE add_one(v INT) INSERT INTO item (n) VALUES (v);
            CREATE PROCEDURE add_two(v INT) BEGIN INSERT INTO item (n) VALUES (v); INSERT INTO item (n) VALUES (v + 1); END;
            CREATE PROCEDURE add_sum() BEGIN DECLARE s INT; SELECT SUM(n) INTO s FROM item; INSERT INTO heap (n) VALUES (COALESCE(s, 0)); END;
            INSERT INTO item (code, n) VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5);
            INSERT INTO pair (a, b) VALUES (1, 1), (1, 2), (2, 1)
            """);
        PutCountersApart();
    }

    [TearDown]
    public void CloseConnection() => _connection.Dispose();

    // A rolled-back insert uses up ids, on one node only.
    private void PutCountersApart()
    {
        using var standby = OpenStandby();
        standby.Execute("START TRANSACTION; INSERT INTO item (n) VALUES (0), (0), (0); INSERT INTO audit (what) VALUES ('x'); ROLLBACK");
    }

    [TestCase("INSERT INTO item (code) VALUES (UUID())")]
    [TestCase("INSERT INTO item (code, n) VALUES (UUID(), 1), (UUID(), 2)")]
    [TestCase("INSERT INTO item (n) VALUES (UUID_SHORT() % 1000)")]
    [TestCase("INSERT INTO item SET code = UUID(), n = CONNECTION_ID()")]
    [TestCase("INSERT INTO item (code) VALUES (HEX(RANDOM_BYTES(8)))")]
    [TestCase("UPDATE item SET code = CONCAT(CONNECTION_ID(), USER(), CURRENT_USER, VERSION(), @@hostname, @@port)")]
    [TestCase("UPDATE item SET at = SYSDATE(6), n = SLEEP(0.01)")]
    [TestCase("INSERT INTO item (at) VALUES (SYSDATE())")]
    [TestCase("UPDATE item SET n = n + 1 LIMIT 2")]
    [TestCase("UPDATE item SET n = n + 1 WHERE n > 0 ORDER BY n % 2 LIMIT 2")]
    [TestCase("DELETE FROM item WHERE n > 1 LIMIT 2")]
    [TestCase("DELETE FROM item ORDER BY n DESC LIMIT 1")]
    [TestCase("UPDATE pair SET n = n + 1 LIMIT 1")]
    [TestCase("INSERT INTO heap (n, note) SELECT n, code FROM item i LIMIT 3")]
    [TestCase("INSERT INTO heap (n) SELECT n FROM item WHERE n > 1 ORDER BY code LIMIT 2")]
    [TestCase("INSERT INTO item (code, n) SELECT code, n + 10 FROM item")]
    [TestCase("INSERT INTO item (n) VALUES (GET_LOCK('exactness', 0))")]
    [TestCase("INSERT INTO guid (id) VALUES (1), (2)")]
    [TestCase("INSERT INTO guid (id, g, n) VALUES (1, DEFAULT, 5), (2, 'given', 6)")]
    [TestCase("INSERT INTO guid SET id = 7")]
    [TestCase("INSERT INTO guid VALUES (8, DEFAULT, 1)")]
    [TestCase("INSERT INTO stamped (id, n) VALUES (1, 21)")]
    [TestCase("CALL add_one(5)")]
    [TestCase("CALL add_sum()")]
    [TestCase("CREATE TABLE copied SELECT * FROM item")]
    [TestCase("CREATE TABLE copied (extra INT AUTO_INCREMENT PRIMARY KEY) SELECT n, code FROM item WHERE n > 1 ORDER BY n LIMIT 2")]
    [TestCase("CREATE TEMPORARY TABLE t2 (n INT); INSERT INTO t2 SELECT n FROM item; INSERT INTO heap (n) SELECT n FROM t2 ORDER BY n")]
    [TestCase("UPDATE item SET n = n + 1; INSERT INTO heap (n) VALUES (ROW_COUNT())")]
    public async Task What_is_exact_leaves_both_nodes_the_same(string text)
    {
        await ExecuteAsync(text);
        await AssertIdenticalAsync();
    }

    [TestCase("SELECT SUM(n), UUID() INTO @s, @u FROM item; INSERT INTO item (n, code) VALUES (@s, @u)")]
    [TestCase("SET @c = CONNECTION_ID(); UPDATE item SET n = @c WHERE id = 1")]
    [TestCase("SET @v = 3; PREPARE s FROM 'UPDATE item SET n = n + ? WHERE id > 1'; EXECUTE s USING @v; DEALLOCATE PREPARE s")]
    public async Task A_variable_has_the_leads_value_on_both_nodes(string text)
    {
        await using var source = MakeSource(new MirroredMySqlOptions(), ";Allow User Variables=true");
        await using var connection = await source.OpenConnectionAsync();
        await connection.ExecuteAsync(text);
        Assert.That(source.Status.Suspects, Is.Empty);
        await AssertSameRowsAsync();
    }

    [TestCase("UPDATE item SET code = UUID()", "item", "UUID")]
    [TestCase("INSERT INTO heap (n, note) SELECT n, UUID() FROM item", "heap", "UUID")]
    [TestCase("UPDATE heap SET n = n + 1 LIMIT 1", "heap", "primary key")]
    [TestCase("DELETE FROM item WHERE id IN (SELECT id FROM (SELECT id FROM item LIMIT 2) x)", "item", "primary key")]
    [TestCase("INSERT INTO guid (id) SELECT id FROM item", "guid", "default")]
    [TestCase("INSERT INTO watched (id) VALUES (1)", "audit", "automatic ids")]
    [TestCase("CALL add_two(1)", "item", "automatic ids")]
    [TestCase("START TRANSACTION; CALL add_sum(); COMMIT", "heap", "without locks")]
    [TestCase("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; INSERT INTO heap (n) SELECT n FROM item; COMMIT", "heap", "REPEATABLE READ")]
    [TestCase("CREATE TABLE flat (n INT) ENGINE=MyISAM; INSERT INTO flat VALUES (1)", "flat", "roll back")]
    public async Task What_is_not_exact_makes_its_table_suspect(string text, string table, string reason)
    {
        if (text.StartsWith("UPDATE heap", StringComparison.Ordinal))
            await ExecuteAsync("INSERT INTO heap (n) VALUES (1), (2)");
        await ExecuteAsync(text);
        Assert.That(Source.Status.Suspects.Select(s => s.Table), Does.Contain(table));
        Assert.That(Source.Status.Suspects.Single(s => s.Table == table).Reason, Does.Contain(reason));
        Assert.That(Source.Status.Suspects.Select(s => s.Table), Has.No.Member("*"));
    }

    [Test]
    public async Task A_transaction_at_SERIALIZABLE_runs_a_reading_procedure_exactly()
    {
        await ExecuteAsync("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION; CALL add_sum(); COMMIT");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_policy_of_throwing_runs_nothing_that_is_not_exact()
    {
        await using var careful = MakeSource(new MirroredMySqlOptions { UnsafeStatements = UnsafeStatements.Throw });
        await using var connection = await careful.OpenConnectionAsync();
        var error = await Assert.ThrowsAsync<MirroredDbException>(() => connection.ExecuteAsync("UPDATE item SET code = UUID()"));
        Assert.That(error!.Message, Does.Contain("UnsafeStatements").And.Contain("UUID"));
        Assert.That(careful.Status.Suspects, Is.Empty);
        Assert.That(await connection.ExecuteAsync("UPDATE item SET n = 7"), Is.EqualTo(5));
        await AssertSameRowsAsync();
    }

    [Test]
    public async Task An_upsert_that_only_updates_uses_up_no_more_ids_on_the_follower_than_a_bare_server()
    {
        await ExecuteAsync("CREATE TABLE tally (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(9) UNIQUE, n INT)");
        await ExecuteAsync("INSERT INTO tally (code, n) VALUES ('a', 1), ('b', 2), ('c', 3)");
        for (var i = 0; i < 5; i++)
            await ExecuteAsync("INSERT INTO tally (code, n) VALUES ('a', 1), ('b', 1), ('c', 1) ON DUPLICATE KEY UPDATE n = n + VALUES(n)");
        await AssertIdenticalAsync();
        await using var standby = OpenStandby();
        var next = await standby.ExecuteScalarAsync<long>("INSERT INTO tally (code) VALUES ('d'); SELECT LAST_INSERT_ID()");
        Assert.That(next, Is.InRange(4, 100));
    }

    [Test]
    public async Task Row_count_and_warning_count_are_those_of_the_callers_write()
    {
        await _connection.ExecuteAsync("UPDATE item SET n = n + 1 WHERE id <= 3");
        using var reader = _connection.ExecuteReader("SELECT ROW_COUNT(), @@warning_count");
        Assert.That(reader.Read(), Is.True);
        Assert.That((reader.GetInt64(0), reader.GetInt64(1), reader.GetName(0)), Is.EqualTo((3L, 0L, "ROW_COUNT()")));
    }

    [Test]
    public async Task A_definition_that_only_one_node_has_makes_writes_suspect()
    {
        await using (var standby = OpenStandby())
            await standby.ExecuteAsync("ALTER TABLE item ADD INDEX by_n (n)");
        await using var fresh = MakeSource(new MirroredMySqlOptions());
        await using var connection = await fresh.OpenConnectionAsync();
        await connection.ExecuteAsync("UPDATE item SET n = 1 WHERE id = 1");
        Assert.That(fresh.Status.Suspects.Select(s => s.Reason), Has.Some.Contains("define item differently"));
        Assert.That(await fresh.CompareSchemasAsync(), Is.EqualTo(new[] { "table item" }));
    }

    [Test]
    public async Task Reading_a_view_that_calls_a_writing_function_is_a_write()
    {
        await ExecuteAsync("CREATE FUNCTION count_up() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO heap (n) VALUES (1); RETURN 1; END");
        await ExecuteAsync("CREATE VIEW counting AS SELECT count_up() AS c");
        Assert.That(await _connection.ExecuteScalarAsync<int>("SELECT c FROM counting"), Is.EqualTo(1));
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM heap"), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task Every_suspicion_is_an_event_and_a_measurement()
    {
        using var measured = new MeterSpy(MirroredMySqlMetrics.Divergences);
        var seen = new List<SuspectTable>();
        Source.TableSuspected += (_, suspect) => seen.Add(suspect);
        await ExecuteAsync("UPDATE item SET code = UUID()");
        Assert.That(seen.Select(s => s.Table), Is.EqualTo(new[] { "item" }));
        Assert.That(measured.Total, Is.EqualTo(1));
    }

    private async Task ExecuteAsync(string text)
    {
        await using DbCommand command = _connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }
}
