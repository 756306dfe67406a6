using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Hazards;

/// <summary>What a session holds that its writes depend on: variables, temporary tables, the autocommit mode.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SessionStateTests(ServerFlavor flavor) : HazardTest(flavor)
{
    [TestCase("SET @n = 0; SET @n = @n + 1; SET @n = @n + 1; INSERT INTO heap (n) VALUES (@n)", 2)]
    [TestCase("SET @a = 1; SET @b = @a; SET @a = 2; SET @a = 1; INSERT INTO heap (n) VALUES (@b)", 1)]
    [TestCase("SET @a = 1, @b = @a + 1; SET @a = 1, @b = @a + 1; INSERT INTO heap (n) VALUES (@b)", 2)]
    public async Task A_variable_that_depends_on_another_is_the_same_on_both_nodes(string text, int expected)
    {
        await Connection.ExecuteAsync(text);

        Assert.That(await OnBothAsync<int>("SELECT n FROM heap"), Is.EqualTo((expected, expected)));
        Assert.That(Mirror.Status.Suspects, Is.Empty);
    }

    [TestCase("CREATE TEMPORARY TABLE own AS SELECT id, UUID() AS u FROM item")]
    [TestCase("CREATE TEMPORARY TABLE own (id INT, u CHAR(36) DEFAULT (UUID())); INSERT INTO own (id) VALUES (1), (2)")]
    [TestCase("CREATE TEMPORARY TABLE own (id INT, u CHAR(36)); INSERT INTO own SELECT id, UUID() FROM item")]
    [TestCase("CREATE TEMPORARY TABLE own (id INT, u CHAR(36), KEY found (id)); DROP INDEX found ON own; INSERT INTO own SELECT id, UUID() FROM item")]
    public async Task What_comes_from_a_temporary_table_that_each_node_has_filled_by_itself_is_suspect(string text)
    {
        await Connection.ExecuteAsync(text);
        await Connection.ExecuteAsync("INSERT INTO heap (note) SELECT u FROM own");

        Assert.That(Mirror.Status.Suspects.Select(s => s.Table), Is.EqualTo(new[] { "heap" }));
    }

    [Test]
    public async Task A_temporary_table_that_is_gone_hides_no_other_of_its_name([Values("DROP TEMPORARY TABLE", "DROP TABLE")] string drop)
    {
        await Connection.ExecuteAsync("CREATE TABLE known (id INT PRIMARY KEY, u CHAR(36) DEFAULT (UUID()))");
        await Connection.ExecuteAsync("CREATE TEMPORARY TABLE known (id INT)");
        await Connection.ExecuteAsync($"{drop} known");
        await Connection.ExecuteAsync("INSERT INTO known (id) VALUES (1)");

        var (primary, standby) = await OnBothAsync<string>("SELECT CONCAT(u, '') FROM known");
        Assert.That(standby, Is.EqualTo(primary).And.Not.Null);
    }

    [TestCase("SELECT * FROM calls FOR UPDATE")]
    [TestCase("SELECT calls.*, LAST_INSERT_ID() FROM calls")]
    public async Task A_view_that_writes_does_so_on_both_nodes_however_it_is_read(string text)
    {
        OnEach("CREATE FUNCTION note() RETURNS INT NOT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO heap (n) VALUES (1); RETURN 1; END");
        await Connection.ExecuteAsync("CREATE VIEW calls AS SELECT id, note() AS c FROM item");
        await Connection.QueryAsync(text);

        var (primary, standby) = await OnBothAsync<int>("SELECT COUNT(*) FROM heap");
        Assert.That(standby, Is.EqualTo(primary).And.Positive);
    }

    [Test]
    public async Task Autocommit_that_is_on_already_commits_nothing()
    {
        await Connection.ExecuteAsync("BEGIN; INSERT INTO heap (n) VALUES (1); SET autocommit = 1; ROLLBACK");

        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM heap"), Is.EqualTo((0, 0)));
    }

    [TestCase("SELECT n INTO @n FROM item WHERE id = 1 FOR UPDATE")]
    [TestCase("SET @n = (SELECT n FROM item WHERE id = 1 FOR UPDATE)")]
    public async Task Without_autocommit_a_variable_that_is_read_with_a_lock_begins_a_transaction(string text)
    {
        await Connection.ExecuteAsync("SET autocommit = 0");
        await Connection.ExecuteAsync(text);

        await using (var other = OpenPrimary())
        {
            await other.ExecuteAsync("SET innodb_lock_wait_timeout = 1");
            Assert.That(() => other.Execute("UPDATE item SET n = 0 WHERE id = 1"), Throws.Exception.With.Message.Contains("Lock wait timeout"));
        }

        await Connection.ExecuteAsync("UPDATE item SET n = @n + 10 WHERE id = 1; COMMIT");
        Assert.That(await OnBothAsync<int>("SELECT n FROM item WHERE id = 1"), Is.EqualTo((11, 11)));
    }

    [Test]
    public async Task Without_autocommit_a_variable_that_reads_no_table_begins_none()
    {
        await Connection.ExecuteAsync("SET autocommit = 0; SET @t = NOW(); SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO heap (n) VALUES (1); COMMIT");

        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM heap"), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_table_that_is_made_from_a_query_with_a_warning_has_its_rows()
    {
        await Connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS made (n INT, KEY one (n), KEY two (n)) SELECT n FROM item");
        await Connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS made (n INT) SELECT n FROM item");

        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM made"), Is.EqualTo((4, 4)));
    }
}
