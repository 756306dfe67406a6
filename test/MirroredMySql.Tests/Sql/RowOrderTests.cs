using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

/// <summary>Where the key is added to the order, and where it would change the statement's meaning or break it.</summary>
internal sealed class RowOrderTests
{
    [TestCase("DELETE FROM t LIMIT 1", "DELETE FROM t  ORDER BY `id` LIMIT 1")]
    [TestCase("DELETE FROM t ORDER BY a DESC, b LIMIT 1", "DELETE FROM t ORDER BY a DESC, b ,`id` LIMIT 1")]
    [TestCase("DELETE QUICK FROM db.t x WHERE x.a = 1 LIMIT 1", "DELETE QUICK FROM db.t x WHERE x.a = 1  ORDER BY `id` LIMIT 1")]
    [TestCase("DELETE FROM t PARTITION (p, q) LIMIT 1 RETURNING a, b", "DELETE FROM t PARTITION (p, q)  ORDER BY `id` LIMIT 1 RETURNING a, b")]
    [TestCase("DELETE FROM t WHERE a IN (SELECT b FROM u ORDER BY c) LIMIT 1", "DELETE FROM t WHERE a IN (SELECT b FROM u ORDER BY c)  ORDER BY `id` LIMIT 1")]
    [TestCase("UPDATE t SET a = 1, b = 2 LIMIT 1", "UPDATE t SET a = 1, b = 2  ORDER BY `id` LIMIT 1")]
    [TestCase("UPDATE LOW_PRIORITY IGNORE t AS x SET a = 1 ORDER BY b LIMIT 1", "UPDATE LOW_PRIORITY IGNORE t AS x SET a = 1 ORDER BY b ,`id` LIMIT 1")]
    [TestCase("UPDATE t USE INDEX FOR ORDER BY (i) SET a = 1 LIMIT 1", "UPDATE t USE INDEX FOR ORDER BY (i) SET a = 1  ORDER BY `id` LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u LIMIT 1, 2", "INSERT INTO t SELECT a FROM u  ORDER BY u.`id` LIMIT 1, 2")]
    [TestCase("INSERT INTO t (a, b) SELECT a AS id, b FROM db.u AS `x y` WHERE c LIMIT 2", "INSERT INTO t (a, b) SELECT a AS id, b FROM db.u AS `x y` WHERE c  ORDER BY `x y`.`id` LIMIT 2")]
    [TestCase("INSERT INTO t SELECT a FROM u x", "INSERT INTO t SELECT a FROM u x ORDER BY x.`id` ")]
    [TestCase("REPLACE INTO t SELECT a FROM u ORDER BY a, b", "REPLACE INTO t SELECT a FROM u ORDER BY a, b,u.`id` ")]
    [TestCase("INSERT INTO t SELECT a FROM u ON DUPLICATE KEY UPDATE b = 1, c = 2", "INSERT INTO t SELECT a FROM u  ORDER BY u.`id` ON DUPLICATE KEY UPDATE b = 1, c = 2")]
    [TestCase("INSERT INTO t SELECT a FROM u FOR UPDATE", "INSERT INTO t SELECT a FROM u  ORDER BY u.`id` FOR UPDATE")]
    [TestCase("INSERT INTO t SELECT a FROM u LOCK IN SHARE MODE", "INSERT INTO t SELECT a FROM u  ORDER BY u.`id` LOCK IN SHARE MODE")]
    [TestCase("INSERT INTO t SELECT a FROM u USE INDEX FOR ORDER BY (i) LIMIT 2", "INSERT INTO t SELECT a FROM u USE INDEX FOR ORDER BY (i)  ORDER BY u.`id` LIMIT 2")]
    [TestCase("INSERT INTO t SELECT a FROM u PARTITION (p, q) x LIMIT 2", "INSERT INTO t SELECT a FROM u PARTITION (p, q) x  ORDER BY x.`id` LIMIT 2")]
    [TestCase("INSERT INTO t SELECT (SELECT MAX(b) FROM v) FROM u LIMIT 2", null)]
    public void The_key_comes_last(string sql, string? expected) => Assert.That(Ordered(sql), Is.EqualTo(expected));

    [TestCase("DELETE FROM t WHERE a = ' ORDER BY b' LIMIT 1 -- ORDER BY c", "DELETE FROM t WHERE a = ' ORDER BY b'  ORDER BY `id` LIMIT 1")]
    [TestCase("DELETE /*+ BKA(x) FROM y */ FROM t /* ORDER BY b LIMIT 2 */ LIMIT 1", "DELETE /*+ BKA(x) FROM y */ FROM t /* ORDER BY b LIMIT 2 */  ORDER BY `id` LIMIT 1")]
    [TestCase("UPDATE t SET `limit` = 'a' # LIMIT 1\n LIMIT 2", "UPDATE t SET `limit` = 'a' # LIMIT 1\n  ORDER BY `id` LIMIT 2")]
    [TestCase("INSERT INTO t SELECT 'FROM v' FROM u LIMIT 1", "INSERT INTO t SELECT 'FROM v' FROM u  ORDER BY u.`id` LIMIT 1")]
    public void Quotes_and_comments_do_not_mislead(string sql, string expected) => Assert.That(Ordered(sql), Is.EqualTo(expected));

    [TestCase("UPDATE \"t\" SET a = ' LIMIT 1' LIMIT 2", SqlSyntax.AnsiQuotes, "UPDATE \"t\" SET a = ' LIMIT 1'  ORDER BY `id` LIMIT 2")]
    [TestCase("UPDATE t SET a = '\\' LIMIT 2", SqlSyntax.NoBackslashEscapes, "UPDATE t SET a = '\\'  ORDER BY `id` LIMIT 2")]
    public void The_sql_mode_counts(string sql, SqlSyntax syntax, string expected) => Assert.That(Ordered(sql, syntax), Is.EqualTo(expected));

    [TestCase("UPDATE t JOIN u USING (id) SET t.a = 1 LIMIT 1")]
    [TestCase("UPDATE t, u SET t.a = 1 WHERE t.id = u.id LIMIT 1")]
    [TestCase("UPDATE t SET a = (SELECT b FROM u LIMIT 1)")]
    [TestCase("DELETE t FROM t, u WHERE t.id = u.id LIMIT 1")]
    [TestCase("DELETE FROM t USING t JOIN u LIMIT 1")]
    [TestCase("WITH c AS (SELECT 1) UPDATE t SET a = 1 LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u, v LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u LEFT JOIN v ON 1 LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u x NATURAL JOIN v LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM (SELECT * FROM u LIMIT 2) x")]
    [TestCase("INSERT INTO t SELECT a FROM u WHERE b IN (SELECT b FROM v LIMIT 2)")]
    [TestCase("INSERT INTO t SELECT a FROM u GROUP BY a LIMIT 1")]
    [TestCase("INSERT INTO t SELECT COUNT(*) FROM u LIMIT 1")]
    [TestCase("INSERT INTO t SELECT DISTINCT a FROM u LIMIT 1")]
    [TestCase("INSERT INTO t SELECT SQL_NO_CACHE DISTINCT a FROM u LIMIT 1")]
    [TestCase("INSERT INTO t SELECT HIGH_PRIORITY DISTINCTROW a FROM u LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u UNION SELECT b FROM v LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u x EXCEPT SELECT b FROM v LIMIT 1")]
    [TestCase("INSERT INTO t (SELECT a FROM u LIMIT 1)")]
    [TestCase("INSERT INTO t WITH c AS (SELECT 1) SELECT * FROM c LIMIT 1")]
    [TestCase("INSERT INTO t SELECT a FROM u FETCH FIRST 2 ROWS ONLY")]
    [TestCase("INSERT INTO t SELECT a FROM u FOR SYSTEM_TIME AS OF NOW() x LIMIT 1")]
    [TestCase("INSERT INTO t VALUES ((SELECT a FROM u LIMIT 1))")]
    [TestCase("INSERT INTO t TABLE u LIMIT 1")]
    public void Where_the_rows_are_not_those_of_one_table_nothing_is_added(string sql) => Assert.That(Ordered(sql), Is.Null);

    [Test]
    public void Every_column_of_the_key_is_quoted_and_qualified()
    {
        var order = RowOrder.Of(Single("INSERT INTO t SELECT 1 FROM u x LIMIT 1"))!;
        Assert.That(order.By(["a`b", "c"]).Text, Is.EqualTo(" ORDER BY x.`a``b`,x.`c` "));
    }

    private static string? Ordered(string sql, SqlSyntax syntax = SqlSyntax.None)
    {
        var statement = Single(sql, syntax | SqlSyntax.MariaDb);
        return RowOrder.Of(statement) is { } order ? TextEdit.Apply(statement.Text, [order.By(["id"])]) : null;
    }
}
