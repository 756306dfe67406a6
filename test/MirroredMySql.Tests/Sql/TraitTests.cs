using MirroredMySql.Sql;
using static MirroredMySql.Sql.StatementTraits;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class TraitTests
{
    private const StatementTraits Limited = Limit | LimitWithoutOrder;

    [TestCase("INSERT INTO t VALUES (1)", None)]
    [TestCase("INSERT INTO t (a, b) VALUES (1, (2))", None)]
    [TestCase("INSERT INTO t VALUES (1), (2)", MultiRow)]
    [TestCase("INSERT INTO t VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 1, b = 2", OnDuplicateKeyUpdate)]
    [TestCase("INSERT INTO t VALUES (1), (2) AS n ON DUPLICATE KEY UPDATE a = n.a, b = 2", MultiRow | OnDuplicateKeyUpdate)]
    [TestCase("INSERT IGNORE INTO t SET a = 1, b = 2", Ignore)]
    [TestCase("REPLACE INTO t VALUES (1) RETURNING id", ReturnsRows)]
    [TestCase("INSERT INTO t SELECT * FROM u", InsertSelect | Subquery | ReadsData)]
    [TestCase("INSERT INTO t (value) (SELECT 1)", InsertSelect | Subquery | ReadsData)]
    [TestCase("INSERT INTO t TABLE u", InsertSelect | ReadsData)]
    [TestCase("INSERT INTO t WITH c AS (SELECT 1) SELECT * FROM c", InsertSelect | Subquery | ReadsData)]
    [TestCase("INSERT INTO t SELECT * FROM u LIMIT 1", InsertSelect | Subquery | ReadsData | Limited)]
    [TestCase("INSERT INTO t SELECT * FROM u ORDER BY a LIMIT 1", InsertSelect | Subquery | ReadsData | Limit)]
    [TestCase("INSERT INTO t VALUES ((SELECT a FROM u LIMIT 1))", Subquery | ReadsData | Limited)]
    [TestCase("INSERT INTO t VALUES (LAST_INSERT_ID())", ReadsLastInsertId | ReadsData)]
    [TestCase("INSERT INTO t VALUES (@@identity)", ReadsLastInsertId | ReadsData)]
    [TestCase("UPDATE t SET a = LAST_INSERT_ID(a + 1)", SetsLastInsertId)]
    [TestCase("INSERT INTO t VALUES (UUID(), RAND(), SYSDATE(6))", NonDeterministic | Rand | Sysdate | ReadsData)]
    [TestCase("INSERT INTO t VALUES (NOW())", ReadsData)]
    [TestCase("INSERT INTO t VALUES (CURRENT_TIMESTAMP)", ReadsData)]
    [TestCase("INSERT INTO t VALUES (CURRENT_USER, VERSION(), @@hostname)", ServerIdentity | ReadsData)]
    [TestCase("INSERT INTO t VALUES (ROW_COUNT(), @@warning_count)", ReadsDiagnostics | ReadsData)]
    [TestCase("INSERT INTO t VALUES (GET_LOCK('a', 1))", UserLock | ReadsData)]
    [TestCase("INSERT INTO t VALUES (f(1))", PotentialStoredFunction | ReadsData)]
    [TestCase("INSERT INTO t VALUES (@a, @b := 1)", UsesUserVariables | AssignsUserVariables)]
    [TestCase("UPDATE t SET a = 1", None)]
    [TestCase("UPDATE IGNORE t SET a = 1 LIMIT 1", Ignore | Limited)]
    [TestCase("UPDATE t SET a = 1 ORDER BY id LIMIT 1", Limit)]
    [TestCase("UPDATE t SET a = (SELECT b FROM u ORDER BY b) LIMIT 1", Subquery | ReadsData | Limited)]
    [TestCase("UPDATE t SET a = (SELECT b FROM u ORDER BY b LIMIT 1), c = (SELECT d FROM v LIMIT 1)", Subquery | ReadsData | Limited)]
    [TestCase("UPDATE t, u SET a = 1", MultiTable)]
    [TestCase("DELETE IGNORE FROM t LIMIT 1", Ignore | Limited | ReadsData)]
    [TestCase("DELETE a FROM t a JOIN u b", MultiTable | ReadsData)]
    [TestCase("DELETE FROM t RETURNING a, b", ReturnsRows | ReadsData)]
    [TestCase("LOAD DATA LOCAL INFILE 'f' IGNORE INTO TABLE t IGNORE 1 LINES (a, b)", LocalInfile | Ignore)]
    [TestCase("LOAD DATA LOCAL INFILE 'f' INTO TABLE t IGNORE 1 LINES", LocalInfile)]
    [TestCase("CALL p()", ReturnsRows)]
    [TestCase("EXECUTE s", ReturnsRows)]
    [TestCase("SET STATEMENT a = 1 FOR UPDATE t SET b = 1", SetStatement)]
    [TestCase("ANALYZE UPDATE t SET a = 1", ReturnsRows)]
    public void A_write_says_what_may_differ_between_two_nodes(string sql, StatementTraits traits) =>
        Assert.That(Single(sql).Traits, Is.EqualTo(traits));

    [TestCase("SELECT 1", None)]
    [TestCase("SELECT * FROM t", ReadsData)]
    [TestCase("SELECT * FROM t FOR UPDATE", ReadsData | Locks)]
    [TestCase("SELECT * FROM t FOR UPDATE SKIP LOCKED", ReadsData | Locks | SkipLocked)]
    [TestCase("SELECT SQL_CALC_FOUND_ROWS 1", CalcFoundRows)]
    [TestCase("SELECT LAST_INSERT_ID()", ReadsLastInsertId | ReadsData)]
    [TestCase("SELECT LAST_INSERT_ID(1)", SetsLastInsertId)]
    [TestCase("SELECT @x", UsesUserVariables)]
    [TestCase("SELECT @x := 1", UsesUserVariables | AssignsUserVariables)]
    [TestCase("SELECT a INTO @x FROM t FOR UPDATE", UsesUserVariables | AssignsUserVariables | ReadsData | Locks)]
    public void A_query_says_what_it_depends_on(string sql, StatementTraits traits) => Assert.That(Single(sql).Traits, Is.EqualTo(traits));

    [TestCase("COMMIT AND CHAIN", Chain)]
    [TestCase("COMMIT AND NO CHAIN NO RELEASE", None)]
    [TestCase("ROLLBACK WORK AND CHAIN", Chain)]
    [TestCase("COMMIT RELEASE", ReleaseConnection)]
    [TestCase("START TRANSACTION WITH CONSISTENT SNAPSHOT", WithConsistentSnapshot)]
    [TestCase("START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT", ReadOnly | WithConsistentSnapshot)]
    [TestCase("START TRANSACTION READ WRITE", None)]
    public void A_transaction_says_how_it_begins_and_ends(string sql, StatementTraits traits) =>
        Assert.That(Single(sql).Traits, Is.EqualTo(traits));

    [TestCase("CREATE TABLE t (a INT DEFAULT (UUID()), KEY k (a))", ImplicitCommit | NonDeterministic | ReadsData)]
    [TestCase("CREATE TABLE t (a INT) ENGINE = MyISAM", ImplicitCommit | NonTransactionalEngine)]
    [TestCase("CREATE TABLE t (a INT) ENGINE=`innodb`", ImplicitCommit)]
    [TestCase("CREATE TABLE t (LIKE u)", ImplicitCommit | CreateLike)]
    [TestCase("CREATE TABLE t AS TABLE u", ImplicitCommit | CreateSelect | ReadsData)]
    [TestCase("CREATE TABLE t VALUES ROW(1)", ImplicitCommit | CreateSelect | ReadsData)]
    [TestCase("CREATE TEMPORARY TABLE t (a INT, KEY k (a))", TemporaryTable)]
    [TestCase("CREATE TEMPORARY TABLE t SELECT * FROM u", TemporaryTable | CreateSelect | Subquery | ReadsData)]
    [TestCase("ALTER TABLE t ENGINE MEMORY", ImplicitCommit | NonTransactionalEngine)]
    [TestCase("CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW SET @x = UUID()", ImplicitCommit | CreatesRoutine)]
    [TestCase("DROP TABLE t", ImplicitCommit)]
    [TestCase("LOCK TABLES t WRITE", ImplicitCommit)]
    [TestCase("UNLOCK TABLES", None)]
    [TestCase("PREPARE s FROM 'SELECT 1 FROM t'", None)]
    [TestCase("GET DIAGNOSTICS @x = ROW_COUNT", ReadsDiagnostics | ReadsData | UsesUserVariables | AssignsUserVariables)]
    public void Other_statements_say_what_they_leave_behind(string sql, StatementTraits traits) =>
        Assert.That(Single(sql).Traits, Is.EqualTo(traits));

    [TestCase("SELECT a FROM t WHERE b = @id", "id", false)]
    [TestCase("SET @Id = 1", "Id", true)]
    [TestCase("SET @id := 1", "id", true)]
    [TestCase("SELECT 1 INTO @`my id`", "my id", true)]
    [TestCase("SELECT @'my id' := 1", "my id", true)]
    [TestCase("SELECT @a.b", "a.b", false)]
    [TestCase("SELECT @a = 1", "a", false)]
    [TestCase("SELECT @a, @A, @a := 2", "a", true)]
    [TestCase("GET DIAGNOSTICS @n = NUMBER", "n", true)]
    [TestCase("SELECT 1 FROM t WHERE a IN (@a, @a)", "a", false)]
    public void A_user_variable_is_named_and_known_to_be_assigned(string sql, string name, bool isAssigned) =>
        Assert.That(Single(sql).UserVariables, Is.EqualTo([new UserVariable(name, isAssigned)]));

    [Test]
    public void User_variables_come_in_the_order_of_the_text()
    {
        var variables = Single("SELECT a, b + @c, @d := 1 INTO @a, @b FROM t WHERE x = @e").UserVariables;
        Assert.That(variables.Select(v => v.Name + (v.IsAssigned ? "=" : "")), Is.EqualTo(["c", "d=", "a=", "b=", "e"]));
    }

    [TestCase("CREATE DEFINER='u'@'h' VIEW v AS SELECT 1")]
    [TestCase("SELECT '@a', `@b`, @@c -- @d\n/* @e */")]
    public void Hosts_strings_and_comments_are_no_user_variables(string sql) => Assert.That(Single(sql).UserVariables, Is.Empty);
}
