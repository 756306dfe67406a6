using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class StatementKindTests
{
    [TestCase("SELECT 1")]
    [TestCase("select(1)")]
    [TestCase("SELECT@@x")]
    [TestCase("SELECT/**/1")]
    [TestCase("((SELECT 1) UNION (SELECT 2)) ORDER BY 1")]
    [TestCase("-- hello\n  # you\n /* there */ SELECT 1")]
    [TestCase("SELECT * FROM t WHERE id = @id AND name = ?")]
    [TestCase("SELECT @x")]
    [TestCase("SELECT `insert`, `into` FROM `update`")]
    [TestCase("SELECT update.id, t.into FROM t")]
    [TestCase("SELECT 'FOR UPDATE', \"INTO OUTFILE\"")]
    [TestCase("SELECT SUBSTRING('abc' FROM 1 FOR 2) FROM t USE INDEX FOR JOIN (i)")]
    [TestCase("VALUES ROW(1, 2), ROW(3, 4)")]
    [TestCase("TABLE t ORDER BY a")]
    [TestCase("SHOW TABLES")]
    [TestCase("SHOW CREATE TABLE t")]
    [TestCase("SHOW GRANTS FOR 'a'@'b'")]
    [TestCase("DESC t")]
    [TestCase("DESCRIBE t a")]
    [TestCase("EXPLAIN SELECT * FROM t")]
    [TestCase("EXPLAIN (SELECT 1)")]
    [TestCase("EXPLAIN FORMAT=JSON DELETE FROM t")]
    [TestCase("EXPLAIN INSERT INTO t (a) VALUES (1)")]
    [TestCase("EXPLAIN UPDATE t SET a = 1")]
    [TestCase("EXPLAIN REPLACE t (a) VALUES (1)")]
    [TestCase("EXPLAIN ANALYZE SELECT * FROM t")]
    [TestCase("HELP 'select'")]
    [TestCase("CHECKSUM TABLE t, u")]
    [TestCase("WITH a AS (SELECT 1) SELECT * FROM a")]
    [TestCase("WITH RECURSIVE a (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a), b (y) AS (TABLE t) SELECT * FROM a, b")]
    [TestCase("WITH a AS (SELECT 1) (SELECT * FROM a)")]
    [TestCase("DO SLEEP(1), 2")]
    [TestCase("SET STATEMENT max_statement_time = 1 FOR SELECT 1")]
    [TestCase("ANALYZE FORMAT=JSON SELECT * FROM t")]
    [TestCase("SELECT RAND(), UUID(), NOW(), SYSDATE(), USER(), VERSION(), @@hostname")]
    public void A_read_may_run_on_any_node(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Read));

    [TestCase("")]
    [TestCase("   \n")]
    [TestCase("-- nothing")]
    [TestCase("/* nothing */")]
    [TestCase("/*M! SELECT 1 */")]
    public void A_text_of_comments_is_empty(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.Empty));

    [TestCase("SELECT * FROM t FOR UPDATE")]
    [TestCase("SELECT * FROM t FOR/**/UPDATE OF t NOWAIT")]
    [TestCase("SELECT * FROM t FOR SHARE SKIP LOCKED")]
    [TestCase("SELECT * FROM t LOCK IN SHARE MODE")]
    [TestCase("SELECT * FROM t FOR UPDATE WAIT 5")]
    [TestCase("SELECT * FROM (SELECT * FROM t FOR UPDATE) d")]
    [TestCase("(SELECT 1) UNION (SELECT * FROM t FOR UPDATE)")]
    [TestCase("WITH a AS (SELECT * FROM t FOR UPDATE) SELECT * FROM a")]
    [TestCase("TABLE t FOR SHARE")]
    [TestCase("EXPLAIN SELECT * FROM t FOR UPDATE")]
    public void A_locking_read_runs_on_the_lead(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.LockingRead));

    [TestCase("SELECT GET_LOCK('a', 1)")]
    [TestCase("SELECT RELEASE_LOCK('a')")]
    [TestCase("SELECT release_all_locks()")]
    [TestCase("SELECT IS_FREE_LOCK('a'), IS_USED_LOCK('a')")]
    [TestCase("DO RELEASE_LOCK('a')")]
    [TestCase("SELECT FOUND_ROWS()")]
    [TestCase("SELECT SQL_CALC_FOUND_ROWS * FROM t LIMIT 1")]
    [TestCase("SELECT ROW_COUNT()")]
    [TestCase("SELECT LAST_INSERT_ID()")]
    [TestCase("SELECT * FROM t WHERE id = last_insert_id ( )")]
    [TestCase("SELECT @@identity")]
    [TestCase("SELECT @@session.last_insert_id")]
    [TestCase("SELECT @@warning_count, @@error_count")]
    [TestCase("SELECT CONNECTION_ID()")]
    [TestCase("SHOW WARNINGS LIMIT 1")]
    [TestCase("SHOW ERRORS")]
    [TestCase("SHOW COUNT(*) WARNINGS")]
    [TestCase("SHOW PROFILES")]
    [TestCase("HANDLER t OPEN")]
    [TestCase("HANDLER t READ FIRST")]
    [TestCase("EXPLAIN FOR CONNECTION 5")]
    public void A_read_of_what_the_session_knows_runs_on_the_lead(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.LeadRead));

    [TestCase("INSERT INTO t VALUES (1)", StatementVerb.Insert)]
    [TestCase("REPLACE t VALUES (1)", StatementVerb.Replace)]
    [TestCase("UPDATE t SET a = 1", StatementVerb.Update)]
    [TestCase("DELETE FROM t", StatementVerb.Delete)]
    [TestCase("LOAD DATA LOCAL INFILE 'f' INTO TABLE t", StatementVerb.Load)]
    [TestCase("CALL p(1)", StatementVerb.Call)]
    [TestCase("WITH a AS (SELECT 1) UPDATE t, a SET t.x = 1", StatementVerb.Update)]
    [TestCase("WITH a AS (SELECT 1), b (x) AS (SELECT 2) DELETE FROM t WHERE x IN (SELECT * FROM a)", StatementVerb.Delete)]
    [TestCase("EXPLAIN ANALYZE UPDATE t SET a = 1", StatementVerb.Update)]
    [TestCase("DESC ANALYZE FORMAT=TREE DELETE FROM t", StatementVerb.Delete)]
    [TestCase("ANALYZE UPDATE t SET a = 1", StatementVerb.Update)]
    [TestCase("ANALYZE FORMAT=JSON INSERT INTO t VALUES (1)", StatementVerb.Insert)]
    [TestCase("SET STATEMENT max_statement_time = 1 FOR DELETE FROM t", StatementVerb.Delete)]
    [TestCase("EXECUTE s USING @a", StatementVerb.Execute)]
    [TestCase("EXECUTE IMMEDIATE 'DELETE FROM t'", StatementVerb.ExecuteImmediate)]
    [TestCase("BEGIN NOT ATOMIC DELETE FROM t; END", StatementVerb.Compound)]
    [TestCase("IF 1 THEN DELETE FROM t; END IF", StatementVerb.Compound)]
    [TestCase("WHILE 1 DO DELETE FROM t; END WHILE", StatementVerb.Compound)]
    [TestCase("DO f(1)", StatementVerb.Do)]
    [TestCase("FROBNICATE t", StatementVerb.Other)]
    [TestCase("(DELETE FROM t)", StatementVerb.Other)]
    [TestCase("`SELECT` 1", StatementVerb.Other)]
    [TestCase("'SELECT' 1", StatementVerb.Other)]
    [TestCase("\u00A0SELECT 1", StatementVerb.Other)]
    [TestCase("WITH a AS SELECT 1", StatementVerb.Other)]
    [TestCase("WITH a AS (SELECT 1) SET @x = 1", StatementVerb.Other)]
    [TestCase("EXPLAIN CALL p()", StatementVerb.Other)]
    public void What_writes_or_is_unknown_is_a_write(string sql, StatementVerb verb)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Verb), Is.EqualTo((StatementKind.Write, verb)));
    }

    [TestCase("USE app", StatementVerb.Use)]
    [TestCase("SET @x = 1", StatementVerb.Set)]
    [TestCase("SET NAMES utf8mb4", StatementVerb.Set)]
    [TestCase("SET time_zone = '+00:00'", StatementVerb.Set)]
    [TestCase("SET TRANSACTION READ ONLY", StatementVerb.SetTransaction)]
    [TestCase("SET ROLE r", StatementVerb.SetRole)]
    [TestCase("PREPARE s FROM 'SELECT 1'", StatementVerb.Prepare)]
    [TestCase("DEALLOCATE PREPARE s", StatementVerb.Deallocate)]
    [TestCase("DROP PREPARE s", StatementVerb.Deallocate)]
    [TestCase("CREATE TEMPORARY TABLE t (id INT, INDEX i (id))", StatementVerb.Create)]
    [TestCase("CREATE OR REPLACE TEMPORARY TABLE t SELECT 1", StatementVerb.Create)]
    [TestCase("DROP TEMPORARY TABLE IF EXISTS t", StatementVerb.Drop)]
    [TestCase("SELECT 1 INTO @x", StatementVerb.Select)]
    [TestCase("SELECT a, b INTO @x, @y FROM t FOR UPDATE", StatementVerb.Select)]
    [TestCase("SELECT @x := a FROM t", StatementVerb.Select)]
    [TestCase("SELECT LAST_INSERT_ID(5)", StatementVerb.Select)]
    [TestCase("EXPLAIN FORMAT=JSON INTO @x SELECT 1", StatementVerb.Explain)]
    [TestCase("DO @x := 1", StatementVerb.Do)]
    [TestCase("GET DIAGNOSTICS @n = NUMBER", StatementVerb.GetDiagnostics)]
    [TestCase("LOCK TABLES t WRITE", StatementVerb.Lock)]
    [TestCase("UNLOCK TABLES", StatementVerb.Unlock)]
    public void What_changes_the_session_runs_on_both_nodes(string sql, StatementVerb verb)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Verb), Is.EqualTo((StatementKind.SessionState, verb)));
    }

    [TestCase("BEGIN", StatementVerb.Begin)]
    [TestCase("BEGIN WORK", StatementVerb.Begin)]
    [TestCase("START TRANSACTION", StatementVerb.Begin)]
    [TestCase("COMMIT", StatementVerb.Commit)]
    [TestCase("COMMIT WORK AND NO CHAIN", StatementVerb.Commit)]
    [TestCase("ROLLBACK", StatementVerb.Rollback)]
    [TestCase("ROLLBACK TO s", StatementVerb.RollbackToSavepoint)]
    [TestCase("ROLLBACK WORK TO SAVEPOINT s", StatementVerb.RollbackToSavepoint)]
    [TestCase("SAVEPOINT s", StatementVerb.Savepoint)]
    [TestCase("RELEASE SAVEPOINT s", StatementVerb.ReleaseSavepoint)]
    [TestCase("SET autocommit = 0", StatementVerb.SetAutocommitOff)]
    [TestCase("SET @@session.autocommit = ON", StatementVerb.SetAutocommitOn)]
    [TestCase("set local AUTOCOMMIT := 'off'", StatementVerb.SetAutocommitOff)]
    public void Transactions_are_steered_on_both_nodes(string sql, StatementVerb verb)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Verb), Is.EqualTo((StatementKind.Transaction, verb)));
    }

    [TestCase("CREATE TABLE t (id INT)", SchemaObject.Table)]
    [TestCase("CREATE OR REPLACE TABLE t (id INT)", SchemaObject.Table)]
    [TestCase("CREATE TABLE t SELECT f(1)", SchemaObject.Table)]
    [TestCase("CREATE UNIQUE INDEX i ON t (a)", SchemaObject.Index)]
    [TestCase("CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`event`@`%` SQL SECURITY INVOKER VIEW v AS SELECT f(1)", SchemaObject.View)]
    [TestCase("CREATE DEFINER=event@localhost VIEW v AS SELECT 1", SchemaObject.View)]
    [TestCase("CREATE DEFINER = CURRENT_USER() TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET @x = 1", SchemaObject.Trigger)]
    [TestCase("CREATE PROCEDURE p() SELECT 1", SchemaObject.Procedure)]
    [TestCase("CREATE AGGREGATE FUNCTION IF NOT EXISTS f(x INT) RETURNS INT RETURN 1", SchemaObject.Function)]
    [TestCase("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t", SchemaObject.Event)]
    [TestCase("CREATE DATABASE d", SchemaObject.Database)]
    [TestCase("CREATE SEQUENCE s", SchemaObject.Sequence)]
    [TestCase("CREATE WHATEVER x", SchemaObject.Other)]
    [TestCase("ALTER TABLE t ADD a INT", SchemaObject.Table)]
    [TestCase("ALTER DEFINER=u@h EVENT e DO SELECT 1", SchemaObject.Event)]
    [TestCase("DROP TABLE t", SchemaObject.Table)]
    [TestCase("DROP VIEW v", SchemaObject.View)]
    [TestCase("RENAME TABLE a TO b", SchemaObject.Table)]
    [TestCase("TRUNCATE t", SchemaObject.Table)]
    [TestCase("TRUNCATE TABLE t", SchemaObject.Table)]
    public void What_changes_the_schema_is_ddl(string sql, SchemaObject schemaObject)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Object), Is.EqualTo((StatementKind.Ddl, schemaObject)));
        Assert.That(statement.Traits.HasFlag(StatementTraits.ImplicitCommit), Is.True);
    }

    [TestCase("ANALYZE TABLE t", StatementVerb.AnalyzeTable)]
    [TestCase("ANALYZE NO_WRITE_TO_BINLOG TABLE t UPDATE HISTOGRAM ON a, b", StatementVerb.AnalyzeTable)]
    [TestCase("CHECK TABLE t QUICK", StatementVerb.CheckTable)]
    [TestCase("OPTIMIZE LOCAL TABLE t", StatementVerb.OptimizeTable)]
    [TestCase("REPAIR TABLE t", StatementVerb.RepairTable)]
    public void Table_maintenance_is_administration(string sql, StatementVerb verb)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Verb), Is.EqualTo((StatementKind.Admin, verb)));
        Assert.That(statement.Traits, Is.EqualTo(StatementTraits.ImplicitCommit | StatementTraits.ReturnsRows));
    }

    [TestCase("KILL QUERY 5", StatementVerb.Kill)]
    [TestCase("SIGNAL SQLSTATE '45000'", StatementVerb.Signal)]
    public void What_means_one_session_runs_on_the_lead(string sql, StatementVerb verb)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Verb), Is.EqualTo((StatementKind.LeadOnly, verb)));
    }
}
