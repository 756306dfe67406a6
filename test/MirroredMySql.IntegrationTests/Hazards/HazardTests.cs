using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Hazards;

[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class HazardTests(ServerFlavor flavor) : HazardTest(flavor)
{
    [Test]
    public async Task What_a_read_found_is_the_same_number_on_both_nodes()
    {
        Connection.Query<int>("SELECT SQL_CALC_FOUND_ROWS id FROM item WHERE n > 1 LIMIT 1");
        Connection.Execute("INSERT INTO heap (n) VALUES (FOUND_ROWS())");
        Assert.That(await OnBothAsync<long>("SELECT n FROM heap"), Is.EqualTo((3L, 3L)));
        await AssertExactAsync();
    }

    [Test]
    public async Task The_last_insert_id_behind_a_failed_insert_is_the_same_on_both_nodes()
    {
        Connection.Execute("INSERT INTO item (code) VALUES ('e')");
        Assert.Catch<DbException>(() => Connection.Execute("INSERT INTO item (code) VALUES ('f'), ('a')"));
        Connection.Execute("INSERT INTO heap (n, note) VALUES (LAST_INSERT_ID(), @@identity)");
        Connection.Execute("INSERT INTO item (code) VALUES ('g')");
        await AssertExactAsync();
    }

    [Test]
    public async Task An_insert_id_that_nothing_used_does_not_reach_the_next_insert()
    {
        Connection.Execute("INSERT IGNORE INTO item (code) VALUES ('a'), ('b')");
        Connection.Execute("UPDATE item SET n = LAST_INSERT_ID(n + 70) WHERE code = 'a'");
        Connection.Execute("INSERT INTO item (code) VALUES ('e')");
        await AssertExactAsync();
    }

    [TestCase("CREATE EVENT later ON SCHEDULE AT '2037-01-01' DO INSERT INTO heap (n) VALUES (1)", "heap")]
    [TestCase("CREATE EVENT later ON SCHEDULE AT '2037-01-01' DO BEGIN UPDATE item SET n = 1; DELETE FROM heap; END", "heap", "item")]
    public async Task What_an_event_writes_is_suspect(string text, params string[] tables)
    {
        Connection.Execute(text);
        Assert.That(Mirror.Status.Suspects.Select(s => s.Table), Is.EqualTo(tables));
        Assert.That(Mirror.Status.Suspects.Select(s => s.Reason), Has.All.Contains("event"));
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()"), Is.EqualTo((1L, 1L)));
    }

    [TestCase("")]
    [TestCase("REPLACE")]
    [TestCase("IGNORE")]
    public async Task A_file_of_the_client_is_loaded_into_both_nodes(string duplicates)
    {
        Assume.That(Driver.Name, Is.Not.EqualTo("MySqlConnector"), "It loads files over verified TLS only, which these servers do not have.");
        await AllowLocalFilesAsync();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, ["a,10", "x,11", "y,12", "b,13"]);
            var text = $"LOAD DATA LOCAL INFILE '{file}' {duplicates} INTO TABLE item FIELDS TERMINATED BY ',' (code, n)";
            Assert.That(Connection.Execute(text), Is.GreaterThanOrEqualTo(2));
            Connection.Execute("INSERT INTO item (code) VALUES ('next')");
        }
        finally
        {
            File.Delete(file);
        }

        Assert.That(await OnBothAsync<long>("SELECT n FROM item WHERE code = 'y'"), Is.EqualTo((12L, 12L)));
        await AssertExactAsync();
    }

    [TestCase("DELETE FROM parent WHERE UUID() <> ''")]
    [TestCase("UPDATE parent SET id = id + 10 WHERE UUID() <> ''")]
    [TestCase("DELETE FROM parent WHERE id IN (SELECT id FROM (SELECT id FROM item LIMIT 1) x)")]
    public async Task What_is_doubtful_names_the_tables_that_cascades_change(string text)
    {
        Connection.Execute(
            """
            CREATE TABLE parent (id INT PRIMARY KEY);
            CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE);
            CREATE TABLE grandchild (id INT PRIMARY KEY, child INT, FOREIGN KEY (child) REFERENCES child (id) ON DELETE SET NULL);
            INSERT INTO parent VALUES (1), (2);
            INSERT INTO child VALUES (1, 1), (2, 2);
            INSERT INTO grandchild VALUES (1, 1), (2, 2)
            """);
        Connection.Execute(text);
        Assert.That(
            Mirror.Status.Suspects.Select(s => s.Table),
            Is.EqualTo(text.StartsWith("DELETE", StringComparison.Ordinal) ? ["child", "grandchild", "parent"] : new[] { "child", "parent" }));
        await AssertSameRowsAsync();
    }

    [Test]
    public async Task Replacing_a_parent_does_the_same_to_its_children_on_both_nodes()
    {
        Connection.Execute(
            """
            CREATE TABLE parent (id INT PRIMARY KEY, n INT);
            CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE);
            INSERT INTO parent VALUES (1, 1), (2, 2);
            INSERT INTO child VALUES (1, 1), (2, 2)
            """);
        Connection.Execute("REPLACE INTO parent VALUES (1, 10), (3, 30)");
        await AssertExactAsync();
    }

    [Test]
    public async Task A_prepared_insert_gets_the_same_ids_and_values_on_both_nodes()
    {
        Connection.Execute("PREPARE s FROM 'INSERT INTO item (code, n) VALUES (?, FLOOR(RAND() * 1000000)), (NOW(6), ?)'; SET @c = 'prepared', @n = 7");
        Assert.That(Connection.Execute("EXECUTE s USING @c, @n"), Is.EqualTo(2));
        Connection.Execute("DEALLOCATE PREPARE s");
        await AssertExactAsync();
    }

    [TestCase("UPDATE item SET code = UUID()", "item", "UUID")]
    [TestCase("INSERT INTO heap (n) SELECT n FROM item LIMIT 2", "heap", "primary key")]
    [TestCase("DELETE FROM item LIMIT 1", "item", "primary key")]
    public void A_prepared_write_with_a_hazard_is_suspect(string text, string table, string reason)
    {
        Connection.Execute($"PREPARE s FROM '{text}'");
        Connection.Execute("EXECUTE s");
        AssertSuspect(table, reason);
    }

    [Test]
    public void A_prepared_write_from_a_variable_is_known_by_its_text()
    {
        Connection.Execute("SET @text = CONCAT('UPDATE item SET code = ', 'UUID()'); PREPARE s FROM @text; SET @text = ''; EXECUTE s");
        AssertSuspect("item", "UUID");
        Assert.That(Mirror.Status.Suspects, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Rows_that_others_lock_are_skipped_where_the_lead_says_so()
    {
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; SELECT * FROM item WHERE id = 1 FOR UPDATE");
        await using var other = OpenStandby();
        other.Execute("BEGIN; SELECT * FROM item WHERE id = 3 FOR UPDATE");
        await using (var transaction = await Connection.BeginTransactionAsync())
        {
            var id = Connection.ExecuteScalar<int>("SELECT id FROM item ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED", transaction: transaction);
            Assert.That(id, Is.EqualTo(2));
            Connection.Execute("UPDATE item SET n = 70 WHERE id = @id", new { id }, transaction);
            await transaction.CommitAsync();
        }

        foreign.Execute("ROLLBACK");
        other.Execute("ROLLBACK");
        await AssertExactAsync();
    }

    [Test]
    public async Task A_write_that_skips_locked_rows_is_suspect()
    {
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; SELECT * FROM item WHERE id = 1 FOR UPDATE");
        Connection.Execute("INSERT INTO heap (n) SELECT n FROM item LIMIT 1 FOR UPDATE SKIP LOCKED");
        foreign.Execute("ROLLBACK");
        AssertSuspect("heap", "SKIP LOCKED");
    }

    [Test]
    public async Task A_variable_that_was_read_past_locked_rows_is_the_leads()
    {
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; SELECT * FROM item WHERE id = 1 FOR UPDATE");
        Connection.Execute("START TRANSACTION; SELECT id INTO @id FROM item ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; UPDATE item SET n = 70 WHERE id = @id; COMMIT");
        foreign.Execute("ROLLBACK");
        Assert.That(await OnBothAsync<int>("SELECT id FROM item WHERE n = 70"), Is.EqualTo((2, 2)));
        await AssertExactAsync();
    }

    [Test]
    public void A_procedure_that_skips_locked_rows_is_suspect()
    {
        Connection.Execute("CREATE PROCEDURE p() INSERT INTO heap (n) SELECT n FROM item ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED");
        Connection.Execute("CALL p()");
        AssertSuspect("heap", "SKIP LOCKED");
    }

    [TestCase("INSERT INTO two (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE n = n + 1")]
    [TestCase("INSERT INTO two (a, b) VALUES (9, 2), (1, 9), (2, 1) ON DUPLICATE KEY UPDATE n = n + 1")]
    [TestCase("REPLACE INTO two (a, b, n) VALUES (1, 2, 5)")]
    [TestCase("INSERT IGNORE INTO two (a, b) VALUES (1, 9), (8, 2), (9, 9)")]
    public async Task Of_two_unique_keys_the_same_one_decides_on_both_nodes(string text)
    {
        Connection.Execute("CREATE TABLE two (id INT AUTO_INCREMENT PRIMARY KEY, a INT, b INT, n INT DEFAULT 0, UNIQUE KEY by_a (a), UNIQUE KEY by_b (b))");
        Connection.Execute("INSERT INTO two (a, b) VALUES (1, 1), (2, 2), (3, 3)");
        Connection.Execute(text);
        Connection.Execute("INSERT INTO two (a, b) VALUES (20, 20)");
        await AssertExactAsync();
    }

    [Test]
    public async Task Unique_keys_in_another_order_are_noticed()
    {
        const string Create = "CREATE TABLE two (id INT PRIMARY KEY, a INT, b INT, n INT DEFAULT 0, UNIQUE KEY {0}, UNIQUE KEY {1})";
        await using (var primary = OpenPrimary())
            primary.Execute(string.Format(null, Create, "x (a)", "y (b)"));
        await using (var standby = OpenStandby())
            standby.Execute(string.Format(null, Create, "y (b)", "x (a)"));
        Connection.Execute("INSERT INTO two (id, a, b) VALUES (1, 1, 1), (2, 2, 2)");
        AssertSuspect("two", "differently");
    }

    [Test]
    public async Task A_table_that_does_not_roll_back_is_suspect_when_a_trigger_writes_it()
    {
        Connection.Execute("CREATE TABLE journal (n INT) ENGINE=MyISAM; CREATE TRIGGER log AFTER UPDATE ON item FOR EACH ROW INSERT INTO journal VALUES (NEW.n)");
        Connection.Execute("UPDATE item SET n = n + 1 WHERE id = 1");
        AssertSuspect("journal", "roll back");
        Assert.That(Mirror.Status.Suspects, Has.Count.EqualTo(1));
        await AssertSameRowsAsync();
    }

    [TestCase("INSERT INTO user (name) VALUES (UUID()), (CONNECTION_ID())")]
    [TestCase("REPLACE user (name) VALUES (UUID())")]
    public async Task A_table_may_be_called_like_a_function(string text)
    {
        Connection.Execute("CREATE TABLE user (name VARCHAR(40))");
        Connection.Execute(text);
        await AssertExactAsync();
    }

    [TestCase("UPDATE item USE INDEX FOR ORDER BY (PRIMARY) SET n = n + 1 ORDER BY n LIMIT 2")]
    [TestCase("INSERT INTO heap (n) SELECT n FROM item USE INDEX FOR ORDER BY (PRIMARY) LIMIT 2")]
    public async Task An_index_hint_is_no_order(string text)
    {
        Connection.Execute(text);
        await AssertExactAsync();
    }

    [Test]
    public async Task A_query_of_different_rows_with_a_limit_runs_as_it_stands_and_is_suspect()
    {
        Assert.That(Connection.Execute("INSERT INTO heap (n) SELECT SQL_NO_CACHE DISTINCT n % 2 FROM item LIMIT 1"), Is.EqualTo(1));
        AssertSuspect("heap", "primary key");
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM heap"), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task A_handler_reads_from_the_lead()
    {
        await using (var standby = OpenStandby())
            standby.Execute("UPDATE item SET n = 99");
        Connection.Execute("HANDLER item OPEN");
        Assert.That(Connection.Query<int>("SELECT n FROM item WHERE id = 1").Single(), Is.EqualTo(1));
        using (var reader = Connection.ExecuteReader("HANDLER item READ `PRIMARY` FIRST"))
        {
            Assert.That(reader.Read(), Is.True);
            Assert.That(reader.GetInt32(2), Is.EqualTo(1));
        }

        Connection.Execute("HANDLER item CLOSE");
    }

    private async Task AllowLocalFilesAsync()
    {
        var pair = await Servers.PairAsync(Flavor);
        foreach (var server in new[] { pair.Primary, pair.Standby })
        {
            await using var administrator = Driver.Factory.CreateConnection()!;
            administrator.ConnectionString = server.AdministratorConnectionString;
            await administrator.OpenAsync();
            await administrator.ExecuteAsync("SET GLOBAL local_infile = 1");
        }
    }
}
