using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class BuiltInFunctionTests
{
    [TestCase("MD5('a')", 80036, 90500, StatementKind.Read)]
    [TestCase("MD5('a')", 80036, 90704, StatementKind.Write, TestName = "A_function_that_one_node_has_no_more_may_be_a_shim")]
    [TestCase("SHA1('a')", 0, 0, StatementKind.Write)]
    [TestCase("VECTOR_DIM(a)", 90000, 90704, StatementKind.Read)]
    [TestCase("VECTOR_DIM(a)", 80400, 90704, StatementKind.Write, TestName = "A_function_that_one_node_has_not_yet_may_be_stored_there")]
    [TestCase("JSON_OVERLAPS(a, b)", 80036, 80036, StatementKind.Read)]
    [TestCase("REGEXP_LIKE(a, 'b')", 50744, 80036, StatementKind.Write)]
    [TestCase("RANK() OVER ()", 80036, 80036, StatementKind.Read)]
    public void A_MySQL_function_counts_where_both_versions_have_it(string call, int one, int other, StatementKind kind) =>
        Assert.That(KindOf("SELECT " + call, SqlSyntax.None.WithVersions(one, other)), Is.EqualTo(kind));

    [TestCase("UUID_V7()", 110702, 110702, StatementKind.Read)]
    [TestCase("UUID_V7()", 101119, 110702, StatementKind.Write)]
    [TestCase("UUID_V7()", 0, 0, StatementKind.Write)]
    [TestCase("SFORMAT('{}', 1)", 101119, 101119, StatementKind.Read)]
    [TestCase("MD5('a')", 0, 0, StatementKind.Read)]
    public void A_MariaDB_function_counts_where_both_versions_have_it(string call, int one, int other, StatementKind kind) =>
        Assert.That(KindOf("SELECT " + call, SqlSyntax.MariaDb.WithVersions(one, other)), Is.EqualTo(kind));

    [TestCase("ANY_VALUE(a)")]
    [TestCase("BIN_TO_UUID(a)")]
    [TestCase("REGEXP_LIKE(a, 'b')")]
    public void Functions_of_MySQL_are_unknown_to_MariaDB(string call)
    {
        Assert.That(KindOf("SELECT " + call), Is.EqualTo(StatementKind.Read));
        Assert.That(KindOf("SELECT " + call, SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Write));
    }

    [TestCase("NVL(a, b)")]
    [TestCase("COLUMN_JSON(a)")]
    [TestCase("PASSWORD('a')")]
    public void Functions_of_MariaDB_are_unknown_to_MySQL(string call)
    {
        Assert.That(KindOf("SELECT " + call, SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Read));
        Assert.That(KindOf("SELECT " + call), Is.EqualTo(StatementKind.Write));
    }

    // Loadable functions that act, and functions that a stored one may be named like.
    [TestCase("group_replication_set_as_primary('x')")]
    [TestCase("version_tokens_set('x')")]
    [TestCase("keyring_key_generate('x')")]
    [TestCase("asynchronous_connection_failover_delete_source('x')")]
    [TestCase("audit_log_rotate()")]
    [TestCase("sys.ps_setup_save(1)")]
    [TestCase("nvl3(1)")]
    public void Functions_that_act_are_not_built_in(string call)
    {
        Assert.That(KindOf("SELECT " + call), Is.EqualTo(StatementKind.Write));
        Assert.That(KindOf("SELECT " + call, SqlSyntax.MariaDb), Is.EqualTo(StatementKind.Write));
    }

    [Test]
    public void No_name_is_listed_twice_for_a_family()
    {
        foreach (var family in new[] { BuiltInFunctionTable.MySql, BuiltInFunctionTable.MariaDb })
        {
            var names = BuiltInFunctionTable.Common.Concat(family)
                .SelectMany(g => g.Names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            Assert.That(names, Is.Unique);
        }
    }

    [Test]
    public void Every_function_that_must_be_glued_is_a_function()
    {
        var mySql = BuiltInFunctionTable.MySqlGlued.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var mariaDb = BuiltInFunctionTable.MariaDbGlued.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.That(mySql.Where(n => !IsGlued(n, SqlSyntax.None.WithVersions(90000, 90000))), Is.Empty);
        Assert.That(mariaDb.Where(n => !IsGlued(n, SqlSyntax.MariaDb.WithVersions(110800, 110800))), Is.Empty);
    }

    private static bool IsGlued(string name, SqlSyntax syntax) => BuiltInFunctions.TryFind(name, syntax, out var function) && function.MustBeGlued;
}
