using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class HiddenWriteTests
{
    [TestCase("SELECT f(1)")]
    [TestCase("SELECT f (1)")]
    [TestCase("SELECT f/**/(1)")]
    [TestCase("SELECT db.f(1)")]
    [TestCase("SELECT db . f ( 1 )")]
    [TestCase("SELECT db.concat('a')")]
    [TestCase("SELECT `concat`('a')")]
    [TestCase("SELECT `db`.`f`(1)")]
    [TestCase("SELECT 1 FROM t WHERE a = f(1)")]
    [TestCase("SELECT 1 FROM (SELECT f(1)) d")]
    [TestCase("SELECT TRIM('a' FROM f(1))")]
    [TestCase("SELECT EXTRACT(YEAR FROM json_table(1))")]
    [TestCase("SELECT 1 ORDER BY f(1)")]
    [TestCase("WITH a AS (SELECT f(1)) SELECT * FROM a")]
    [TestCase("WITH a (x) AS (SELECT 1) SELECT f(x) FROM a")]
    [TestCase("VALUES ROW(f(1))")]
    [TestCase("SHOW TABLES WHERE f(1)")]
    [TestCase("EXPLAIN SELECT * FROM (SELECT f(1)) d")]
    [TestCase("EXPLAIN ANALYZE SELECT f(1)")]
    [TestCase("SET @x = f(1)")]
    [TestCase("SELECT 1é(1)")]
    [TestCase("SELECT $f(1)")]
    [TestCase("SELECT f(1) /* it's */ FROM t")]
    [TestCase("SELECT 1 /*! + f(1) */")]
    [TestCase("SELECT 1 /*!50000 + f(1) */")]
    public void An_unknown_function_may_write(string sql)
    {
        var statement = Single(sql, SqlSyntax.MariaDb);
        Assert.That(statement.Kind, Is.EqualTo(StatementKind.Write));
        Assert.That(statement.Traits.HasFlag(StatementTraits.PotentialStoredFunction), Is.True);
    }

    [TestCase("SELECT f(1)", true)]
    [TestCase("SHOW TABLES WHERE f(1)", true)]
    [TestCase("DO f(1)", false)]
    [TestCase("SET @x = f(1)", false)]
    public void A_query_that_may_write_still_returns_rows(string sql, bool returnsRows) =>
        Assert.That(Single(sql).Traits.HasFlag(StatementTraits.ReturnsRows), Is.EqualTo(returnsRows));

    [TestCase("SELECT COUNT(*), SUM(a) OVER (PARTITION BY b) FROM t WHERE a IN (1) AND EXISTS (SELECT 1) AND (a, b) = ANY (SELECT 1, 2)")]
    [TestCase("SELECT a FROM t1 JOIN (t2) USING (id) LEFT JOIN t3 ON (a = b) USE INDEX (i) IGNORE INDEX FOR ORDER BY (i)")]
    [TestCase("SELECT CAST(a AS CHAR(10)), CAST(b AS DATETIME(6)), CONVERT(c USING utf8mb4), CONVERT(d, DECIMAL(10, 2)) FROM t")]
    [TestCase("SELECT * FROM (SELECT 1) AS d (a), (SELECT 2) e (b)")]
    [TestCase("SELECT * FROM t PARTITION (p0) WHERE MATCH (a) AGAINST ('x' IN BOOLEAN MODE)")]
    [TestCase("SELECT CASE (a) WHEN (1) THEN (2) ELSE (3) END, IF(a, 1, 2), LEFT(a, 1), REPLACE(a, 'b', 'c') FROM t")]
    [TestCase("SELECT DISTINCT (a) FROM t WHERE NOT (a) AND (b) OR (c) XOR (d) HAVING (e) LIMIT 1")]
    [TestCase("SELECT a LIKE 'b' ESCAPE ('c'), INTERVAL (1) DAY + NOW(), a DIV (b), a MOD (b), a REGEXP ('x') FROM t")]
    [TestCase("SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$', NESTED PATH '$' COLUMNS (b VARCHAR(5) PATH '$'))) j")]
    [TestCase("SELECT * FROM t, JSON_TABLE(t.a, '$[*]' COLUMNS (b INT PATH '$')) j JOIN JSON_TABLE('1', '$' COLUMNS (c INT PATH '$')) k")]
    [TestCase("SELECT * FROM t WINDOW w AS (PARTITION BY a ORDER BY b)")]
    [TestCase("SELECT (1) UNION (SELECT 2) UNION ALL (SELECT 3) EXCEPT (SELECT 4)")]
    [TestCase("SELECT GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR ',') FROM t GROUP BY (a)")]
    public void Parentheses_that_call_nothing_make_no_write(string sql)
    {
        Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Read), "MySQL");
        Assert.That(KindOf(sql, SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Read), "MariaDB");
    }

    [TestCase("COLUMNS(1)")]
    [TestCase("ESCAPE(1)")]
    [TestCase("JSON_TABLE(1)")]
    [TestCase("POINT(1)")]
    public void Some_keywords_call_stored_functions_on_MariaDB(string call) =>
        Assert.That(KindOf("SELECT " + call, SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Write));

    [TestCase("SELECT COUNT (*) FROM t", SqlSyntax.None, StatementKind.Write)]
    [TestCase("SELECT COUNT (*) FROM t", SqlSyntax.IgnoreSpace, StatementKind.Read)]
    [TestCase("SELECT COUNT/**/(*) FROM t", SqlSyntax.IgnoreSpace, StatementKind.Write)]
    [TestCase("SELECT CONCAT ('a')", SqlSyntax.None, StatementKind.Read)]
    public void A_blank_before_the_parenthesis_matters_where_it_does_on_the_server(string sql, SqlSyntax syntax, StatementKind kind) =>
        Assert.That(KindOf(sql, syntax), Is.EqualTo(kind));

    [TestCase("SELECT NEXTVAL(s)", "s")]
    [TestCase("SELECT nextval(`my seq`)", "my seq")]
    [TestCase("SELECT SETVAL(db.s, 5)", "db.s")]
    [TestCase("SELECT NEXT VALUE FOR db.s", "db.s")]
    [TestCase("SELECT s.nextval", "s")]
    [TestCase("SELECT 1 INTO @x FROM t WHERE a = NEXTVAL(s)", "s")]
    public void A_sequence_is_written_by_reading_it(string sql, string sequence)
    {
        var statement = Single(sql, SqlSyntax.MariaDb);
        Assert.That(statement.Kind, Is.EqualTo(StatementKind.Write));
        Assert.That(statement.Traits & (StatementTraits.Sequence | StatementTraits.PotentialStoredFunction), Is.EqualTo(StatementTraits.Sequence));
        Assert.That(statement.Tables, Is.EqualTo([sequence]));
    }

    [TestCase("SELECT s.`nextval`", SqlSyntax.None)]
    [TestCase("SELECT `s` . `NextVal` FROM t", SqlSyntax.None)]
    [TestCase("SELECT s.\"NEXTVAL\"", SqlSyntax.AnsiQuotes)]
    public void A_sequence_is_written_by_reading_it_in_quotes_too(string sql, SqlSyntax mode)
    {
        var statement = Single(sql, SqlSyntax.MariaDb | mode);
        Assert.That(statement.Kind, Is.EqualTo(StatementKind.Write));
        Assert.That(statement.Tables, Is.EqualTo(["s"]));
    }

    [TestCase("SELECT LASTVAL(s)")]
    [TestCase("SELECT PREVIOUS VALUE FOR s")]
    [TestCase("SELECT s.currval")]
    [TestCase("SELECT s.`currval`")]
    public void The_last_value_of_a_sequence_belongs_to_the_session(string sql) =>
        Assert.That(KindOf(sql, SqlSyntax.MariaDb), Is.EqualTo(StatementKind.LeadRead));

    [TestCase("SELECT a INTO x FROM t")]
    [TestCase("SELECT 1 INTO")]
    [TestCase("SELECT 1 INTO ?")]
    [TestCase("SELECT (UPDATE t SET a = 1)")]
    [TestCase("SELECT * FROM (DELETE FROM t RETURNING *) d")]
    [TestCase("WITH a AS (INSERT INTO t VALUES (1)) SELECT 1")]
    public void What_no_server_takes_today_is_no_read_tomorrow(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Write));

    [TestCase("SELECT 'a")]
    [TestCase("SELECT \"a")]
    [TestCase("SELECT `a")]
    [TestCase("SELECT /* a")]
    [TestCase("SELECT /*! 1")]
    [TestCase("/* a")]
    [TestCase("COMMIT 'a")]
    [TestCase("SET @x = 'a")]
    [TestCase("SELECT GET_LOCK('a, 1)")]
    [TestCase("CREATE TABLE t (a INT COMMENT 'a)")]
    [TestCase("SELECT 1; SELECT 'a; SELECT 2")]
    public void Nothing_unterminated_is_a_read(string sql)
    {
        var statement = SqlScript.Parse(sql, SqlSyntax.None).Statements[^1];
        Assert.That(statement.Kind, Is.EqualTo(StatementKind.Write));
        Assert.That(statement.Traits.HasFlag(StatementTraits.Unterminated | StatementTraits.ReturnsRows), Is.True);
        Assert.That(sql, Does.EndWith(statement.Text));
    }

    [TestCase("SELECT $$a; DELETE FROM t; SELECT $$b")]
    [TestCase("SELECT $$a$$; DELETE FROM t")]
    public void Dollar_quotes_outside_of_a_routine_are_no_read(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Write));
}
