using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Classifier;

/// <summary>The database that reads must leave alone, with everything in it that a read could set off.</summary>
internal static class FuzzSchema
{
    private const string Table = "(id INT AUTO_INCREMENT PRIMARY KEY, a INT, b INT, s VARCHAR(40), d DATETIME)";
    private const string Rows = "(a, b, s, d) VALUES (1, 10, 'one', '2026-01-01'), (2, 20, 'two', '2026-02-02'), (NULL, 0, '', NULL)";

    // A stored function may have the name of a built-in one; what calls the one and what the other is the grammar's secret.
    private static readonly string[] Writers =
        ["writer", "concat", "count", "sum", "max", "now", "substring", "coalesce", "json_table", "point", "last_insert_id", "nextval", "get_lock"];

    /// <summary>The statements, each to be sent on its own.</summary>
    public static IEnumerable<string> Statements(ServerFlavor flavor)
    {
        yield return $"CREATE TABLE t1 {Table} PARTITION BY HASH (id) PARTITIONS 2";
        yield return $"CREATE TABLE t2 {Table}";
        yield return $"CREATE TABLE m1 {Table} ENGINE = MyISAM";
        yield return "CREATE TABLE log1 (id INT AUTO_INCREMENT PRIMARY KEY, who VARCHAR(40)) ENGINE = MyISAM";
        foreach (var table in new[] { "t1", "t2", "m1" })
            yield return $"INSERT INTO {table} {Rows}";
        yield return "CREATE VIEW v1 AS SELECT id, a, b, s, d FROM t1 WHERE id < 3";
        yield return "CREATE TRIGGER tr1 BEFORE INSERT ON t1 FOR EACH ROW INSERT INTO log1 (who) VALUES ('tr1')";
        yield return "CREATE PROCEDURE pr1(x INT) INSERT INTO log1 (who) VALUES ('pr1')";
        yield return "CREATE FUNCTION reader(x INT) RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM t1) + x";
        foreach (var name in Writers)
        {
            yield return $"CREATE FUNCTION `{name}`(x INT) RETURNS INT MODIFIES SQL DATA "
                + $"BEGIN INSERT INTO log1 (who) VALUES ('{name}'); SET @u9 = 1; RETURN x; END";
        }

        if (flavor == ServerFlavor.MariaDb)
            yield return "CREATE SEQUENCE sq1 NOCACHE";
    }

    /// <summary>What a session holds that a read must leave alone: a temporary table, variables, a named lock, a prepared statement.</summary>
    public const string Session =
        "CREATE TEMPORARY TABLE tmp1 (a INT); INSERT INTO tmp1 VALUES (1), (2); SET @u1 = 'kept', @u2 = NULL; DO GET_LOCK('held', 0); "
        + "PREPARE ps FROM 'SELECT 1'; SET last_insert_id = 77";

    /// <summary>All rows, and where the automatic ids and the sequence are.</summary>
    public static IEnumerable<string> State(ServerFlavor flavor)
    {
        foreach (var table in new[] { "t1", "t2", "m1", "log1", "tmp1" })
            yield return $"SELECT * FROM {table}";
        if (flavor == ServerFlavor.MariaDb)
            yield return "SELECT * FROM sq1";
        yield return "SHOW FULL TABLES";
    }
}
