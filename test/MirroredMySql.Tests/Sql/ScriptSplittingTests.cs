using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class ScriptSplittingTests
{
    [TestCase("SELECT 1", "SELECT 1")]
    [TestCase("  SELECT 1 ; ", "SELECT 1")]
    [TestCase("SELECT 1;SELECT 2", "SELECT 1", "SELECT 2")]
    [TestCase("SELECT ';'; SELECT \";\"; SELECT `;`; SELECT 1 /* ; */; # ;\nSELECT 2 -- ;\n;", "SELECT ';'", "SELECT \";\"", "SELECT `;`", "SELECT 1 /* ; */", "# ;\nSELECT 2")]
    [TestCase("SELECT 1; -- done", "SELECT 1")]
    [TestCase("SELECT 1; /* done */ ", "SELECT 1")]
    [TestCase("SELECT 1;; SELECT 2", "SELECT 1", "", "SELECT 2")]
    [TestCase(";", "")]
    [TestCase("SELECT 1 -- trailing", "SELECT 1", TestName = "A_line_comment_at_the_end_would_swallow_what_is_appended")]
    [TestCase("SELECT 1 /* trace */ # trailing\n;SELECT 2", "SELECT 1 /* trace */", "SELECT 2")]
    [TestCase("SELECT 1--; SELECT 2", "SELECT 1--; SELECT 2", TestName = "Two_minus_signs_do_not_become_a_comment_by_losing_the_semicolon")]
    [TestCase("SELECT 1--# x\n; SELECT 2", "SELECT 1--# x\n;", "SELECT 2")]
    [TestCase("SELECT 1--;", "SELECT 1")]
    [TestCase("SELECT (1; SELECT 2)", "SELECT (1", "SELECT 2)")]
    [TestCase("FROBNICATE a; SELECT 1", "FROBNICATE a; SELECT 1", TestName = "Where_an_unknown_statement_ends_is_not_known")]
    public void A_text_is_cut_at_its_semicolons(string sql, params string[] texts) => Assert.That(TextsOf(sql), Is.EqualTo(texts));

    [TestCase("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END")]
    [TestCase("CREATE PROCEDURE p() a: BEGIN SELECT 1; END a")]
    [TestCase("CREATE DEFINER='a'@'b' PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; CASE 1 WHEN 1 THEN SELECT 1; END CASE; END")]
    [TestCase("CREATE FUNCTION f() RETURNS INT BEGIN RETURN CASE 1 WHEN 1 THEN 2 END; END")]
    [TestCase("CREATE PROCEDURE p() BEGIN BEGIN END; WHILE 1 DO BEGIN SELECT 1; END; END WHILE; LOOP SELECT 1; END LOOP; REPEAT SELECT 1; UNTIL 1 END REPEAT; END")]
    [TestCase("CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; SELECT `end`, t.end, 1 AS end FROM t; END")]
    [TestCase("CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END")]
    [TestCase("CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1")]
    [TestCase("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; END")]
    [TestCase("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t")]
    [TestCase("ALTER EVENT e DO BEGIN SELECT 1; END")]
    [TestCase("CREATE PROCEDURE p() LANGUAGE JAVASCRIPT AS $$ let a = \"';\"; $$")]
    [TestCase("CREATE FUNCTION f() RETURNS INT RETURN REPEAT('a', 1)")]
    [TestCase("BEGIN NOT ATOMIC DECLARE x INT; BEGIN SET x = 1; END; END")]
    public void A_body_is_one_statement_with_another_behind_it(string sql)
    {
        var script = SqlScript.Parse(sql + "; SELECT 1", SqlSyntax.None);
        Assert.That(script.Statements.Select(s => s.Text), Is.EqualTo([sql, "SELECT 1"]));
        Assert.That(script.Statements[0].Kind, Is.EqualTo(sql.StartsWith("BEGIN", StringComparison.Ordinal) ? StatementKind.Write : StatementKind.Ddl));
    }

    [TestCase("CREATE PROCEDURE p() IF 1 THEN SELECT 1; END IF; SELECT 1")]
    [TestCase("CREATE PROCEDURE p() LOOP SELECT 1; END LOOP; SELECT 1")]
    [TestCase("CREATE PROCEDURE p() REPEAT SELECT 1; UNTIL 1 END REPEAT; SELECT 1")]
    [TestCase("CREATE PROCEDURE p() WHILE 1 DO SELECT 1; END WHILE; SELECT 1")]
    [TestCase("CREATE PROCEDURE p AS x INT; BEGIN SELECT 1; END; SELECT 1")]
    [TestCase("CREATE PROCEDURE p() BEGIN SELECT begin; END; SELECT 1")]
    [TestCase("IF 1 THEN SELECT 1; END IF; SELECT 1")]
    [TestCase("DECLARE x INT; BEGIN SELECT 1; END; SELECT 1")]
    [TestCase("BEGIN SELECT 1; END; SELECT 1")]
    public void A_body_whose_end_is_not_certain_takes_the_rest_of_the_text(string sql) => Assert.That(TextsOf(sql), Is.EqualTo([sql]));

    [TestCase("SELECT 1; SELECT 2", true)]
    [TestCase("SELECT 1;; -- x", true)]
    [TestCase("", true)]
    [TestCase("SELECT 1; SET @x = 1", false)]
    [TestCase("SELECT 1; SELECT 2 FOR UPDATE", false)]
    [TestCase("SELECT 1; SELECT LAST_INSERT_ID()", false)]
    [TestCase("INSERT INTO t VALUES (1); SELECT 1", false)]
    public void A_text_is_read_only_when_every_statement_is(string sql, bool isReadOnly) =>
        Assert.That(SqlScript.Parse(sql, SqlSyntax.None).IsReadOnly, Is.EqualTo(isReadOnly));

    [Test]
    public void A_literal_sql_mode_holds_for_the_statements_behind_it()
    {
        var script = SqlScript.Parse("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; SELECT \"a;\\\"; SELECT 'b\\'; SET sql_mode = ''; SELECT \"a;\\\"\"", SqlSyntax.None);
        Assert.That(script.Statements.Select(s => s.Text), Is.EqualTo(
            ["SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "SELECT \"a;\\\"", "SELECT 'b\\'", "SET sql_mode = ''", "SELECT \"a;\\\"\""]));
        Assert.That(script.Statements[1].Syntax, Is.EqualTo(SqlSyntax.AnsiQuotes | SqlSyntax.NoBackslashEscapes));
        Assert.That(script.Statements[4].Syntax, Is.EqualTo(SqlSyntax.None));
    }

    [TestCase("SET sql_mode = @old")]
    [TestCase("SET @@sql_mode := CONCAT(@@sql_mode, ',ANSI_QUOTES')")]
    [TestCase("SET sql_mode = DEFAULT")]
    [TestCase("SET SESSION sql_mode = 4")]
    public void Behind_an_unknown_sql_mode_only_what_every_mode_reads_alike_is_read(string set)
    {
        Assert.That(TextsOf(set + "; SELECT 'a'; SELECT 2"), Is.EqualTo([set, "SELECT 'a'", "SELECT 2"]));

        var statements = SqlScript.Parse(set + "; SELECT \"a; SELECT 2\"", SqlSyntax.None).Statements;
        Assert.That(statements, Has.Count.EqualTo(2));
        Assert.That((statements[1].Kind, statements[1].Reason), Is.EqualTo((StatementKind.Refused, Refusals.UnknownSqlMode)));
    }

    [Test]
    public void Set_statement_changes_the_mode_of_nothing_else() =>
        Assert.That(TextsOf("SET STATEMENT sql_mode = 'ANSI_QUOTES' FOR SELECT \"a;\"; SELECT \"b;\"", SqlSyntax.MariaDb), Has.Length.EqualTo(2));

    [Test]
    public void Positional_parameters_are_counted_through_the_text()
    {
        var statements = SqlScript.Parse("SELECT ?, '?', ?name, ? ; CREATE PROCEDURE p() BEGIN SELECT ?; END; SELECT 1; SELECT ?", SqlSyntax.None).Statements;
        Assert.That(statements.Select(s => (s.FirstParameter, s.ParameterCount)), Is.EqualTo([(0, 2), (2, 1), (3, 0), (3, 1)]));
    }

    [Test]
    public void A_text_of_one_statement_is_not_copied()
    {
        const string Sql = "SELECT 1";
        Assert.That(Single(Sql).Text, Is.SameAs(Sql));
    }
}
