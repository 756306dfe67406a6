using MirroredMySql.Sql;
using static MirroredMySql.Sql.StatementTraits;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class SetStatementTests
{
    [TestCase("SET sql_mode = 'ANSI'", SetsSqlMode, "sql_mode")]
    [TestCase("SET @@SESSION.SQL_MODE = ''", SetsSqlMode, "SQL_MODE")]
    [TestCase("SET `sql_mode` = ''", SetsSqlMode, "sql_mode")]
    [TestCase("SET timestamp = 5", SetsTimestamp, "timestamp")]
    [TestCase("SET insert_id = 5", SetsInsertId, "insert_id")]
    [TestCase("SET last_insert_id = 5", SetsLastInsertId, "last_insert_id")]
    [TestCase("SET rand_seed1 = 1, rand_seed2 = 2", SetsRandSeed, "rand_seed1", "rand_seed2")]
    [TestCase("SET time_zone = '+00:00'", SetsTimeZone, "time_zone")]
    [TestCase("SET foreign_key_checks = 0", SetsKeyChecks, "foreign_key_checks")]
    [TestCase("SET NAMES utf8mb4 COLLATE utf8mb4_bin", SetsCharacterSet)]
    [TestCase("SET CHARACTER SET DEFAULT", SetsCharacterSet)]
    [TestCase("SET character_set_client = utf8mb4", SetsCharacterSet, "character_set_client")]
    [TestCase("SET LOCAL max_statement_time = (SELECT 1), SESSION sql_mode = '', b = CONCAT('a', 'b')", SetsSqlMode | Subquery, "max_statement_time", "sql_mode", "b")]
    [TestCase("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", SetsIsolation | OneShot)]
    [TestCase("SET TRANSACTION READ ONLY", SetsIsolation | OneShot)]
    [TestCase("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY", SetsIsolation)]
    [TestCase("SET transaction_isolation = 'SERIALIZABLE'", SetsIsolation, "transaction_isolation")]
    [TestCase("SET @@transaction_isolation = 'SERIALIZABLE'", SetsIsolation | OneShot, "transaction_isolation")]
    [TestCase("SET @@session.tx_isolation = 'SERIALIZABLE'", SetsIsolation, "tx_isolation")]
    [TestCase("SET @a = 1", UsesUserVariables | AssignsUserVariables)]
    [TestCase("SET @a = NOW()", UsesUserVariables | AssignsUserVariables | ReadsData)]
    [TestCase("SET @a = (SELECT MAX(a) FROM t)", UsesUserVariables | AssignsUserVariables | Subquery | ReadsData)]
    [TestCase("SET global = 1", None, "global")]
    public void A_set_says_what_it_sets(string sql, StatementTraits traits, params string[] variables)
    {
        var statement = Single(sql);
        Assert.That(statement.Kind, Is.EqualTo(StatementKind.SessionState));
        Assert.That(statement.Traits, Is.EqualTo(traits));
        Assert.That(statement.SessionVariables, Is.EqualTo(variables));
    }

    [TestCase("SET STATEMENT max_statement_time = 1, sql_mode = 'ANSI' FOR SELECT 1", StatementKind.Read)]
    [TestCase("SET STATEMENT max_statement_time = (1 + 2) FOR SELECT 1 FOR UPDATE", StatementKind.LockingRead)]
    [TestCase("SET STATEMENT a = 1 FOR SET STATEMENT b = 2 FOR DROP TABLE t", StatementKind.Ddl)]
    [TestCase("SET STATEMENT a = 1 FOR COMMIT", StatementKind.Transaction)]
    [TestCase("SET STATEMENT a = f(1) FOR SELECT 1", StatementKind.Write)]
    [TestCase("SET STATEMENT a = 1", StatementKind.Write)]
    public void Set_statement_is_what_follows_it(string sql, StatementKind kind)
    {
        var statement = Single(sql, SqlSyntax.MariaDb);
        Assert.That(statement.Kind, Is.EqualTo(kind));
        Assert.That(statement.Traits.HasFlag(SetStatement), Is.True);
        Assert.That(statement.Traits.HasFlag(SetsSqlMode), Is.False);
    }

    [TestCase("", SqlSyntax.None)]
    [TestCase("STRICT_TRANS_TABLES, ansi_quotes", SqlSyntax.AnsiQuotes)]
    [TestCase("NO_BACKSLASH_ESCAPES,IGNORE_SPACE", SqlSyntax.NoBackslashEscapes | SqlSyntax.IgnoreSpace)]
    [TestCase("ANSI", SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace)]
    [TestCase("ORACLE", SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace)]
    [TestCase("NOT_ANSI_QUOTES", SqlSyntax.None)]
    public void The_syntax_follows_from_the_sql_mode(string mode, SqlSyntax syntax)
    {
        Assert.That(SqlSyntax.None.WithSqlMode(mode), Is.EqualTo(syntax));
        Assert.That(syntax.WithSqlMode(""), Is.EqualTo(SqlSyntax.None));
    }

    [Test]
    public void The_syntax_carries_both_versions()
    {
        var syntax = (SqlSyntax.MariaDb | SqlSyntax.AnsiQuotes).WithVersions(110402, 101119);
        Assert.That((syntax.OldestVersion, syntax.NewestVersion), Is.EqualTo((101119, 110402)));
        Assert.That((syntax.IsMariaDb, syntax.HasAnsiQuotes, syntax.IgnoresSpace), Is.EqualTo((true, true, false)));
        Assert.That(syntax.WithSqlMode("IGNORE_SPACE").NewestVersion, Is.EqualTo(110402));
        Assert.That((SqlSyntax.None.OldestVersion, SqlSyntax.MariaDb.OldestVersion), Is.EqualTo((80011, 100600)));
    }
}
