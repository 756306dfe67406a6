using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Hazards;

/// <summary>What only MariaDB has: sequences, blocks outside of routines, rows from writes, Aria.</summary>
public sealed class MariaDbHazardTests() : HazardTest(ServerFlavor.MariaDb)
{
    [TestCase("INSERT INTO heap (n) VALUES (NEXTVAL(s))")]
    [TestCase("INSERT INTO heap (n) VALUES (NEXT VALUE FOR s), (NEXTVAL(`s`)), (1)")]
    [TestCase("INSERT INTO heap SET n = NEXT VALUE FOR s, note = UUID()")]
    [TestCase("SELECT NEXTVAL(s)")]
    [TestCase("SELECT NEXT VALUE FOR s FROM DUAL")]
    [TestCase("SELECT NEXTVAL(s), NEXTVAL(s)")]
    [TestCase("DO NEXTVAL(s)")]
    [TestCase("SELECT SETVAL(s, 500)")]
    [TestCase("INSERT INTO heap (n) VALUES (SETVAL(s, 500, 0)), (SETVAL(s, 1))")]
    [TestCase("INSERT INTO numbered (n) VALUES (1), (2)")]
    [TestCase("INSERT INTO numbered (id, n) VALUES (DEFAULT, 1), (77, 2)")]
    [TestCase("START TRANSACTION; INSERT INTO heap (n) VALUES (NEXTVAL(s)); ROLLBACK")]
    public async Task A_sequence_gives_the_same_values_on_both_nodes(string text)
    {
        Connection.Execute("CREATE SEQUENCE s START WITH 10 INCREMENT BY 3; CREATE TABLE numbered (id INT PRIMARY KEY DEFAULT (NEXTVAL(s)), n INT)");
        // The follower's has moved on by itself.
        await using (var standby = OpenStandby())
            standby.Execute("DO NEXTVAL(s)");
        Connection.Execute("INSERT INTO heap (n) VALUES (NEXTVAL(s))");
        Connection.Execute("INSERT INTO heap (n) VALUES (NEXTVAL(s))");

        Connection.Query(text).AsList();

        await AssertExactAsync();
        var (lead, follower) = await OnBothAsync<long>("SELECT NEXTVAL(s)");
        Assert.That(follower, Is.EqualTo(lead));
    }

    [Test]
    public void A_sequence_gives_each_row_of_a_query_its_own_value()
    {
        Connection.Execute("CREATE SEQUENCE s");
        Assert.That(Connection.Query<int>("SELECT NEXTVAL(s) FROM item"), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(Connection.Query<int>("SELECT NEXTVAL(s)"), Is.EqualTo(new[] { 5 }));
        AssertSuspect("s", "sequence");
    }

    [Test]
    public async Task A_block_is_carried_out_on_both_nodes_and_what_it_leaves_to_chance_is_suspect()
    {
        Connection.Execute("BEGIN NOT ATOMIC INSERT INTO item (code) VALUES ('block'); UPDATE item SET n = n + 1 WHERE code = 'block'; END");
        await AssertExactAsync();

        Connection.Execute("BEGIN NOT ATOMIC DECLARE i INT DEFAULT 0; one: FOR i IN 1..3 DO INSERT INTO item (n) VALUES (i); END FOR one; END");
        AssertSuspect("item", "automatic ids");

        Connection.Execute("BEGIN NOT ATOMIC INSERT INTO heap (note) VALUES (UUID()); END");
        AssertSuspect("heap", "UUID");
    }

    [TestCase("INSERT INTO item (code) VALUES ('x'), ('y') RETURNING id, code", 2)]
    [TestCase("INSERT INTO item (code) VALUES (UUID()) RETURNING code", 1)]
    [TestCase("INSERT INTO item (code) VALUES ('a'), ('z') ON DUPLICATE KEY UPDATE n = n + 1 RETURNING id", 2)]
    [TestCase("REPLACE INTO item (code, n) VALUES ('a', 9) RETURNING id, n", 1)]
    [TestCase("DELETE FROM item WHERE n > 1 LIMIT 2 RETURNING id, code", 2)]
    [TestCase("INSERT INTO item (code, n) SELECT CONCAT(code, '2'), n FROM item WHERE n > 2 RETURNING id", 2)]
    public async Task The_rows_that_a_write_returns_are_the_leads_and_both_nodes_have_written(string text, int rows)
    {
        Assert.That(Connection.Query(text).Count(), Is.EqualTo(rows));
        Connection.Execute("INSERT INTO item (code) VALUES ('next')");
        await AssertExactAsync();
    }

    [TestCase("EXECUTE IMMEDIATE 'INSERT INTO item (code) VALUES (NOW(6))'")]
    [TestCase("EXECUTE IMMEDIATE 'UPDATE item SET n = ? WHERE id = 2' USING 5")]
    [TestCase("SET STATEMENT sort_buffer_size = 100000 FOR INSERT INTO item (code) VALUES ('x'), ('y')")]
    public async Task A_statement_within_a_statement_is_exact(string text)
    {
        Connection.Execute(text);
        Connection.Execute("INSERT INTO item (code) VALUES ('next')");
        await AssertExactAsync();
    }

    [TestCase("EXECUTE IMMEDIATE 'UPDATE item SET code = UUID()'", "item", "UUID")]
    [TestCase("EXECUTE IMMEDIATE CONCAT('UPDATE item SET code = ', 'UUID()')", "*", "not known")]
    [TestCase("SET STATEMENT sort_buffer_size = 100000 FOR UPDATE item SET code = UUID()", "item", "UUID")]
    [TestCase("UPDATE item, heap SET item.n = item.n + 1 LIMIT 1", "item", "primary key")]
    [TestCase("CREATE TABLE flat (n INT) ENGINE=Aria; INSERT INTO flat VALUES (1)", "flat", "roll back")]
    public void What_is_left_to_chance_is_suspect(string text, string table, string reason)
    {
        Connection.Execute("INSERT INTO heap (n) VALUES (1), (2)");
        Connection.Execute(text);
        AssertSuspect(table, reason);
    }

    [Test]
    public async Task Rows_of_a_partition_are_ordered_by_their_alias()
    {
        Connection.Execute("CREATE TABLE parted (id INT PRIMARY KEY, n INT) PARTITION BY HASH (id) PARTITIONS 2; INSERT INTO parted VALUES (1, 1), (2, 2), (3, 3)");
        Assert.That(Connection.Execute("INSERT INTO heap (n) SELECT x.n FROM parted PARTITION (p0, p1) x LIMIT 2"), Is.EqualTo(2));
        await AssertExactAsync();
    }
}
