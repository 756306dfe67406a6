using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class ExecutableCommentTests
{
    private static readonly SqlSyntax MySql = SqlSyntax.None.WithVersions(90704, 80036);
    private static readonly SqlSyntax MariaDb = SqlSyntax.MariaDb.WithVersions(101119, 110402);

    [TestCase("/*! DELETE FROM t */", StatementKind.Write, StatementKind.Write)]
    [TestCase("/*!50699 DELETE FROM t */", StatementKind.Write, StatementKind.Write)]
    [TestCase("/*!50699DELETE FROM t */", StatementKind.Write, StatementKind.Write)]
    [TestCase("/*!50700 DELETE FROM t */", StatementKind.Write, StatementKind.Empty)]
    [TestCase("/*!80000 DELETE FROM t */", StatementKind.Write, StatementKind.Empty)]
    [TestCase("/*!99999 DELETE FROM t */", StatementKind.Empty, StatementKind.Empty)]
    [TestCase("/*!100100 SELECT 1 */", StatementKind.Write, StatementKind.Read, TestName = "Older_MySQL_takes_five_of_six_digits_for_the_version")]
    [TestCase("/*!120000 DELETE FROM t */", StatementKind.Write, StatementKind.Empty)]
    [TestCase("/*M! DELETE FROM t */", StatementKind.Empty, StatementKind.Write)]
    [TestCase("/*M!100100 DELETE FROM t */", StatementKind.Empty, StatementKind.Write)]
    [TestCase("/*M!80000 DELETE FROM t */", StatementKind.Empty, StatementKind.Write)]
    [TestCase("/*m! DELETE FROM t */", StatementKind.Empty, StatementKind.Empty)]
    [TestCase("/* !50000 DELETE FROM t */", StatementKind.Empty, StatementKind.Empty)]
    [TestCase("SELECT /*!50000 SQL_NO_CACHE */ 1", StatementKind.Read, StatementKind.Read)]
    [TestCase("SELECT 1 /*!50000 FOR UPDATE */", StatementKind.LockingRead, StatementKind.LockingRead)]
    [TestCase("SELECT 1 /*!50000 /* inner */ FOR UPDATE */", StatementKind.LockingRead, StatementKind.LockingRead)]
    [TestCase("SELECT 1 /*!99999 FOR /* inner */ UPDATE */ + 1", StatementKind.Read, StatementKind.Read)]
    [TestCase("/*!40101 SET NAMES utf8mb4 */", StatementKind.SessionState, StatementKind.SessionState)]
    public void Content_is_code_where_that_server_runs_it(string sql, StatementKind onMySql, StatementKind onMariaDb)
    {
        Assert.That(KindOf(sql, MySql), Is.EqualTo(onMySql), "MySQL");
        Assert.That(KindOf(sql, MariaDb), Is.EqualTo(onMariaDb), "MariaDB");
    }

    [TestCase("/*!90000 COMMIT */", false)]
    [TestCase("SELECT 1 /*!80037 + 1 */", false)]
    [TestCase("SELECT 1 /*!80037 + 1 */; DELETE FROM t", false)]
    [TestCase("SELECT '/*!80037 */', 1 /*!80037 ' */; DELETE FROM t; /*!80037 ' */", false)]
    [TestCase("SELECT 1 /*!110000 + 1 */; DELETE FROM t", true)]
    [TestCase("SELECT 1 /*!50000 ; DELETE FROM t; */", false)]
    public void What_only_one_of_the_nodes_runs_is_never_a_read_and_never_split(string sql, bool isMariaDb)
    {
        var statement = Single(sql, isMariaDb ? MariaDb : MySql);
        Assert.That(statement.Kind, Is.EqualTo(StatementKind.Write));
        Assert.That(statement.Traits.HasFlag(StatementTraits.VersionDependent | StatementTraits.ReturnsRows), Is.True);
        Assert.That(statement.Text, Is.EqualTo(sql));
    }

    [Test]
    public void Without_versions_a_comment_for_newer_servers_is_no_read()
    {
        Assert.That(KindOf("SELECT 1 /*!80013 + 1 */"), Is.EqualTo(StatementKind.Write));
        Assert.That(KindOf("SELECT 1 /*!80011 + 1 */"), Is.EqualTo(StatementKind.Read));
        Assert.That(KindOf("SELECT 1 /*!101100 + 1 */", SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Write));
        Assert.That(KindOf("SELECT 1 /*!100600 + 1 */", SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Read));
    }

    [Test]
    public void Ddl_stays_ddl_whatever_the_version() =>
        Assert.That(KindOf("CREATE TABLE t (a INT /*!80023 INVISIBLE */)"), Is.EqualTo(StatementKind.Ddl));

    [TestCase("SELECT /*+ SET_VAR(a='*/ FOR UPDATE -- ') */ 1")]
    [TestCase("SELECT /*+ QB_NAME(`*/ 1 -- `) */ f(1)")]
    [TestCase("SELECT /*+ QB_NAME(\"*/ 1 -- \") */ f(1)")]
    public void A_hint_with_a_quoted_end_is_no_read(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Write));

    [TestCase("SELECT /*+ INDEX(`t` i) SET_VAR(sql_mode='ANSI') */ 1")]
    [TestCase("SELECT /*+ NO_MERGE() */ 1")]
    public void An_ordinary_hint_changes_nothing(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Read));

    [Test]
    public void Question_marks_in_comments_are_no_parameters() =>
        Assert.That(Single("SELECT ? /* ? */ /*!50000 + ? */ -- ?\n, ?").ParameterCount, Is.EqualTo(2));
}
