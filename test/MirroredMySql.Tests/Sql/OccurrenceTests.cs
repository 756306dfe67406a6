using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

/// <summary>Where hazards stand: what is replaced by a literal has to be the call, the whole call, and evaluated once.</summary>
internal sealed class OccurrenceTests
{
    [TestCase("INSERT INTO t VALUES (UUID(), 1, UUID_SHORT())", "UUID() UUID_SHORT()")]
    [TestCase("INSERT INTO t (a) VALUES (CONCAT('UUID()', uuid ( ), 1)) -- UUID()", "uuid ( )")]
    [TestCase("INSERT INTO t SET a = UUID(), b = UUID_SHORT()", "UUID() UUID_SHORT()")]
    [TestCase("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = UUID()", "UUID()*")]
    [TestCase("INSERT INTO t VALUES (1) RETURNING UUID()", "UUID()*")]
    [TestCase("INSERT INTO t SELECT UUID() FROM u", "UUID()*")]
    [TestCase("INSERT INTO t (SELECT UUID())", "UUID()*")]
    [TestCase("INSERT INTO t VALUES ((SELECT UUID()), UUID())", "UUID()* UUID()")]
    [TestCase("INSERT INTO t VALUES (IF(1, UUID(), 2))", "UUID()")]
    [TestCase("UPDATE t SET a = UUID() WHERE b = UUID()", "UUID()* UUID()*")]
    [TestCase("DELETE FROM t WHERE a = UUID()", "UUID()*")]
    [TestCase("CALL p(UUID(), CONCAT(UUID()))", "UUID() UUID()")]
    [TestCase("CALL p((SELECT UUID() FROM t))", "UUID()*")]
    [TestCase("DO f(UUID())", "UUID()")]
    [TestCase("SELECT f(UUID())", "UUID()")]
    [TestCase("SELECT f(UUID()) FROM t", "UUID()*")]
    [TestCase("SELECT f(UUID()), (SELECT UUID() FROM t)", "UUID() UUID()*")]
    [TestCase("SELECT f(1) FROM t WHERE a = UUID()", "UUID()*")]
    [TestCase("SELECT NEXTVAL(s) FROM t", "NEXTVAL(s)*")]
    [TestCase("SELECT NEXTVAL(s) FROM DUAL", "NEXTVAL(s)")]
    [TestCase("SELECT NEXT VALUE FOR s", "NEXT VALUE FOR s")]
    [TestCase("INSERT INTO t VALUES (NEXT VALUE FOR `db` . s, NEXTVAL(db.s))", "NEXT VALUE FOR `db` . s NEXTVAL(db.s)")]
    [TestCase("INSERT INTO t VALUES (GET_LOCK('a)', 1), RELEASE_LOCK(\"b\"))", "GET_LOCK('a)', 1) RELEASE_LOCK(\"b\")")]
    [TestCase("UPDATE t SET a = CURRENT_USER, b = CURRENT_USER(), c = USER(), d = @@hostname, e = @@global.port", "CURRENT_USER* CURRENT_USER()* USER()* @@hostname* @@global.port*")]
    [TestCase("UPDATE t SET a = SYSDATE(6), b = SYSDATE()", "SYSDATE(6)* SYSDATE()*")]
    [TestCase("INSERT INTO t VALUES (ROW_COUNT(), @@warning_count)", "ROW_COUNT() @@warning_count")]
    public void Each_call_is_found_and_whether_it_runs_once(string sql, string expected)
    {
        var statement = Single(sql, SqlSyntax.MariaDb);
        var found = Occurrences.In(statement).Select(o => statement.Text[o.Start..o.End] + (o.IsOnce ? "" : "*"));
        Assert.That(string.Join(' ', found), Is.EqualTo(expected));
    }

    [TestCase("INSERT INTO t (uuid, version, user) VALUES ('UUID()', \"USER()\", 1)")]
    [TestCase("INSERT INTO user (name) VALUES (1)")]
    [TestCase("INSERT INTO version VALUES (1)")]
    [TestCase("REPLACE uuid () VALUES ()")]
    [TestCase("CALL uuid(1)")]
    [TestCase("UPDATE t SET t.uuid = 1, `user` = `uuid`")]
    [TestCase("UPDATE t SET a = db.uuid(), b = `uuid`()")]
    [TestCase("UPDATE t SET a = 'SYSDATE()' /* UUID() */ -- USER()\n # VERSION()")]
    [TestCase("UPDATE t SET a = @uuid, b = @@sql_mode")]
    public void Names_of_columns_and_tables_and_quoted_text_are_no_calls(string sql) => Assert.That(Occurrences.In(Single(sql, SqlSyntax.MariaDb)), Is.Empty);

    [TestCase("INSERT INTO user (name) VALUES (UUID())")]
    [TestCase("INSERT INTO user () VALUES (UUID())")]
    [TestCase("INSERT INTO version(name) SET a = UUID()")]
    [TestCase("CALL uuid(UUID())")]
    public void A_table_that_is_called_like_a_function_is_left_alone(string sql)
    {
        var statement = Single(sql, SqlSyntax.MariaDb);
        Assert.That(Occurrences.In(statement).Select(o => statement.Text[o.Start..o.End]), Is.EqualTo(["UUID()"]));
    }

    [TestCase("INSERT INTO t VALUES (GET_LOCK('a', 1))", true)]
    [TestCase("INSERT INTO t VALUES (GET_LOCK(CONCAT('a', b), 1))", false)]
    [TestCase("INSERT INTO t VALUES (GET_LOCK(@a, 1))", false)]
    [TestCase("INSERT INTO t VALUES (GET_LOCK(?, 1))", false)]
    [TestCase("INSERT INTO t VALUES (RANDOM_BYTES(1 + 1))", false)]
    [TestCase("INSERT INTO t VALUES (GET_LOCK('a', 1", false)]
    public void A_call_is_closed_when_its_text_means_the_same_elsewhere(string sql, bool isClosed) =>
        Assert.That(Occurrences.In(Single(sql)).Single().IsClosed, Is.EqualTo(isClosed));

    [TestCase("INSERT INTO t VALUES (\"UUID()\", UUID())", SqlSyntax.None)]
    [TestCase("INSERT INTO t VALUES ('\\', UUID(), '\\')", SqlSyntax.NoBackslashEscapes)]
    [TestCase("INSERT INTO t (\"UUID()\") VALUES (UUID())", SqlSyntax.AnsiQuotes)]
    [TestCase("INSERT INTO t VALUES ('\\', UUID(), \\'', UUID())", SqlSyntax.None)]
    public void The_sql_mode_decides_what_is_quoted(string sql, SqlSyntax syntax) =>
        Assert.That(Occurrences.In(Single(sql, syntax)), Has.Count.EqualTo(1));

    [TestCase("SELECT f(1), db.g(2), `h`(3), CONCAT(k (4))", "f db.g h k")]
    [TestCase("UPDATE t SET a = f(g('h(1)')) WHERE `concat`(1) = db . `k l`(2) -- m(1)", "f g concat db.k l")]
    [TestCase("UPDATE t SET a = COUNT (1)", "COUNT")]
    [TestCase("UPDATE t SET a = ABS(1)", "")]
    public void Stored_functions_are_named(string sql, string expected) =>
        Assert.That(string.Join(' ', Occurrences.StoredCalls(Single(sql, SqlSyntax.MariaDb))), Is.EqualTo(expected));
}
