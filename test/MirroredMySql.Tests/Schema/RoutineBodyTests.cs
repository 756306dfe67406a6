using MirroredMySql.Schema;
using MirroredMySql.Sql;

namespace MirroredMySql.Tests.Schema;

/// <summary>What a routine's text tells: rather one write or read too many than one too few.</summary>
internal sealed class RoutineBodyTests
{
    [TestCase("INSERT INTO t VALUES (NEW.a)", "t")]
    [TestCase("SET NEW.a = NEW.b * 2", "")]
    [TestCase("BEGIN END", "")]
    [TestCase("BEGIN INSERT INTO t VALUES (1); UPDATE db.u SET a = 1; DELETE FROM v; REPLACE w VALUES (1); END", "t db.u v w")]
    [TestCase("BEGIN IF a > 1 THEN INSERT INTO t VALUES (1); ELSEIF b THEN DELETE FROM u; ELSE UPDATE v SET a = 1; END IF; END", "t u v")]
    [TestCase("CASE a WHEN 1 THEN INSERT INTO t VALUES (1); ELSE DELETE FROM u; END CASE", "t u")]
    [TestCase("BEGIN DECLARE x INT DEFAULT 1; one: BEGIN two: BEGIN INSERT INTO t VALUES (x); END two; END one; DELETE FROM u; END", "t u")]
    [TestCase("BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN INSERT INTO t VALUES (1); END; DELETE FROM u; END", "t u")]
    [TestCase("BEGIN DECLARE CONTINUE HANDLER FOR 1062 UPDATE t SET n = n + 1; INSERT INTO u VALUES (1); END", "t u")]
    [TestCase("BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND, SQLSTATE VALUE '23000', SQLWARNING, known INSERT INTO t VALUES (1); DELETE FROM u; END", "t u")]
    [TestCase("BEGIN UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END WHERE c = 3; DELETE FROM u; END", "t u")]
    [TestCase("BEGIN IF CASE WHEN a THEN 1 ELSE 0 END THEN INSERT INTO t VALUES (1); END IF; END", "t")]
    [TestCase("BEGIN CASE CASE a WHEN 1 THEN 2 END WHEN 2 THEN DELETE FROM t; END CASE; END", "t")]
    [TestCase("BEGIN DECLARE c CURSOR FOR SELECT a FROM s; INSERT INTO t VALUES (1); END", "t")]
    [TestCase("BEGIN START TRANSACTION; INSERT INTO t VALUES (1); COMMIT; END", "t")]
    [TestCase("begin if f() then insert into t values (1); end if; end", "t")]
    [TestCase("BEGIN NOT ATOMIC INSERT INTO t VALUES (1); DELETE FROM u; END", "t u")]
    [TestCase("BEGIN\r\n\tINSERT\r\n\tINTO\tt\r\n\tVALUES (1);\r\nEND", "t")]
    public void Every_table_that_it_writes_is_found(string body, string tables) => Assert.That(TablesOf(body), Is.EqualTo(tables));

    [TestCase("BEGIN SET @x = '; INSERT INTO u VALUES (1);'; INSERT INTO t VALUES ('BEGIN; DELETE FROM v'); END", "t")]
    [TestCase("BEGIN /* DELETE FROM u; */ INSERT INTO t VALUES (1); -- DELETE FROM v;\n # DELETE FROM w;\n END", "t")]
    [TestCase("BEGIN INSERT INTO `a; DELETE FROM b` VALUES (1); END", "a; DELETE FROM b")]
    [TestCase("BEGIN /*!50000 INSERT INTO t VALUES (1); */ END", "t")]
    [TestCase("BEGIN SET a = 'it''s'; INSERT INTO t VALUES ('\\'; DELETE FROM u; -- '); END", "t")]
    public void Text_in_quotes_and_comments_is_no_statement(string body, string tables) => Assert.That(TablesOf(body), Is.EqualTo(tables));

    [TestCase("BEGIN SET a = '\\'; INSERT INTO t VALUES ('x'); END", SqlSyntax.NoBackslashEscapes, "t")]
    [TestCase("BEGIN INSERT INTO \"t;\" VALUES (1); END", SqlSyntax.AnsiQuotes, "t;")]
    [TestCase("BEGIN SET a = \"; DELETE FROM t; \"; END", SqlSyntax.None, "")]
    public void It_is_read_in_the_sql_mode_that_it_was_made_in(string body, SqlSyntax syntax, string tables) =>
        Assert.That(TablesOf(body, syntax), Is.EqualTo(tables));

    [TestCase("BEGIN WHILE a < 3 DO INSERT INTO t VALUES (1); END WHILE; INSERT INTO u VALUES (1); END", "t+ u")]
    [TestCase("BEGIN REPEAT INSERT INTO t VALUES (1); UNTIL a END REPEAT; INSERT INTO u VALUES (1); END", "t+ u")]
    [TestCase("BEGIN l: LOOP INSERT INTO t VALUES (1); LEAVE l; END LOOP l; INSERT INTO u VALUES (1); END", "t+ u")]
    [TestCase("BEGIN l: WHILE a DO m: REPEAT INSERT INTO t VALUES (1); UNTIL b END REPEAT m; DELETE FROM v; END WHILE l; DELETE FROM u; END", "t+ v+ u")]
    [TestCase("BEGIN FOR i IN 1..3 DO INSERT INTO t VALUES (i); END FOR; INSERT INTO u VALUES (1); END", "t+ u")]
    [TestCase("BEGIN l: FOR i IN (SELECT a FROM s) DO INSERT INTO t VALUES (i.a); END FOR l; WHILE a DO INSERT INTO u VALUES (1); END WHILE; END", "t+ u+")]
    [TestCase("BEGIN SET a = REPEAT('x', 3); INSERT INTO t VALUES (REPEAT('y', 2)); END", "t")]
    [TestCase("BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; DECLARE c CURSOR FOR SELECT 1; INSERT INTO t VALUES (1); END", "t")]
    public void What_stands_in_a_loop_may_run_often(string body, string writes) =>
        Assert.That(
            string.Join(' ', RoutineBody.Read(body, SqlSyntax.MariaDb).Writes.Select(w => w.Statement.Tables[0] + (w.IsRepeated ? "+" : ""))),
            Is.EqualTo(writes));

    [TestCase("BEGIN SELECT SUM(n) INTO s FROM t; END", true)]
    [TestCase("BEGIN SET s = (SELECT SUM(n) FROM t); END", true)]
    [TestCase("BEGIN DECLARE c CURSOR FOR SELECT a FROM t; OPEN c; FETCH c INTO x; CLOSE c; END", true)]
    [TestCase("BEGIN IF EXISTS (SELECT 1 FROM t) THEN SET a = 1; END IF; END", true)]
    [TestCase("BEGIN SELECT CASE WHEN SUM(n) > 1 THEN 1 ELSE 2 END INTO s FROM t; INSERT INTO u VALUES (s); END", true)]
    [TestCase("BEGIN INSERT INTO u SELECT CASE WHEN a THEN 1 ELSE 2 END FROM t; END", true)]
    [TestCase("BEGIN FOR r IN (SELECT a FROM t) DO SET x = r.a; END FOR; END", true)]
    [TestCase("BEGIN CREATE TEMPORARY TABLE x SELECT * FROM t; END", true)]
    [TestCase("RETURN (SELECT MAX(a) FROM t)", true)]
    [TestCase("RETURN a + 1", false)]
    [TestCase("BEGIN SELECT 1 INTO s; SET s = CONCAT('a FROM t'); INSERT INTO u VALUES (s); END", false)]
    public void Reading_tables_is_noticed(string body, bool reads) =>
        Assert.That(RoutineBody.Read(body, SqlSyntax.MariaDb).ReadsTables, Is.EqualTo(reads));

    [TestCase("BEGIN PREPARE s FROM @text; EXECUTE s; END", true)]
    [TestCase("BEGIN EXECUTE IMMEDIATE CONCAT('DELETE FROM ', t); END", true)]
    [TestCase("BEGIN SET a = 'x; END", true)]
    [TestCase("BEGIN /* END", true)]
    [TestCase("BEGIN INSERT INTO t VALUES ('EXECUTE s'); END", false)]
    public void Text_that_cannot_be_followed_is_noticed(string body, bool unknown) =>
        Assert.That(RoutineBody.Read(body, SqlSyntax.MariaDb).RunsUnknownText, Is.EqualTo(unknown));

    [Test]
    public void Procedures_and_functions_that_it_calls_are_named()
    {
        var facts = RoutineBody.Read("BEGIN CALL p(1); CALL `db`.`q`; SET a = f(1) + db.g(2) + CONCAT('h(3)'); DO k(); END", SqlSyntax.MariaDb);
        Assert.That(facts.Procedures, Is.EqualTo(["p", "db.q"]));
        Assert.That(facts.Functions, Is.EqualTo(["f", "db.g", "k"]));
    }

    [Test]
    public void Hazards_in_it_are_the_hazards_of_its_caller()
    {
        var facts = RoutineBody.Read("BEGIN SET a = UUID(); IF SYSDATE() > b THEN DELETE FROM t LIMIT 1; END IF; END", SqlSyntax.MariaDb);
        const StatementTraits All = StatementTraits.NonDeterministic | StatementTraits.Sysdate | StatementTraits.LimitWithoutOrder;
        Assert.That(facts.Traits & All, Is.EqualTo(All));
    }

    private static string TablesOf(string body, SqlSyntax syntax = SqlSyntax.None) =>
        string.Join(' ', RoutineBody.Read(body, syntax | SqlSyntax.MariaDb).Writes.SelectMany(w => w.Statement.Tables));
}
