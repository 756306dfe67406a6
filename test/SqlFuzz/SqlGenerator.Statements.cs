using MirroredMySql.Sql;

namespace MirroredMySql.SqlFuzz;

/// <summary>Statements that are no SELECT: reads of other sorts, and samples of everything that is none.</summary>
internal sealed partial class SqlGenerator
{
    private static readonly string[] Shows =
    [
        "SHOW TABLES", "SHOW FULL TABLES", "SHOW TABLES LIKE 't%'", "SHOW FULL COLUMNS FROM t1", "SHOW COLUMNS IN t1 LIKE 'a'", "SHOW FIELDS FROM v1",
        "SHOW INDEX FROM t1", "SHOW CREATE TABLE t1", "SHOW CREATE VIEW v1", "SHOW CREATE FUNCTION writer", "SHOW CREATE PROCEDURE pr1",
        "SHOW CREATE TRIGGER tr1", "SHOW VARIABLES LIKE 'sql_mode'", "SHOW SESSION VARIABLES LIKE 'autocommit'", "SHOW STATUS LIKE 'Uptime'",
        "SHOW DATABASES", "SHOW PROCESSLIST", "SHOW GRANTS", "SHOW CHARACTER SET", "SHOW COLLATION LIKE 'utf8mb4_bin'", "SHOW TRIGGERS",
        "SHOW EVENTS", "SHOW ENGINES", "SHOW OPEN TABLES", "SHOW PLUGINS", "SHOW PRIVILEGES", "SHOW FUNCTION STATUS LIKE 'writer'",
        "SHOW PROCEDURE STATUS LIKE 'pr1'", "SHOW TABLE STATUS LIKE 't1'",
    ];

    private void Show()
    {
        if (_wantsTrap && Chance(3))
        {
            Trap(Pick("SHOW WARNINGS", "SHOW ERRORS", "SHOW COUNT(*) WARNINGS", "SHOW WARNINGS LIMIT 1"));
        }
        else if (_wantsTrap || Chance(3))
        {
            Add(Pick("SHOW TABLES WHERE", "SHOW VARIABLES WHERE", "SHOW COLUMNS FROM t1 WHERE", "SHOW INDEX FROM t1 WHERE", "SHOW TABLE STATUS WHERE"));
            Expression(1);
        }
        else
        {
            Add(Shows[random.Next(Shows.Length)]);
        }
    }

    private void Do()
    {
        if (Chance(3))
        {
            Add(Pick("HELP 'x'", "CHECKSUM TABLE t1", "CHECKSUM TABLE t1 , t2 EXTENDED"));
            return;
        }

        Add("DO");
        List(random.Next(1, 3), () => Expression(2));
    }

    private void Explain()
    {
        switch (random.Next(6))
        {
            case 0:
                Add(Pick("DESC t1", "DESCRIBE t1 a", "DESC t1 'a%'", "EXPLAIN v1"));
                break;
            case 1:
                // Explained, no write takes place.
                Add("EXPLAIN");
                Modify();
                break;
            case 2:
                Add(syntax.IsMariaDb ? Pick("ANALYZE", "ANALYZE FORMAT=JSON") : Pick("EXPLAIN ANALYZE", "EXPLAIN ANALYZE FORMAT = TREE"));
                Select(1, isOuter: true);
                break;
            case 3:
                _isPlainRead = false;
                Add(syntax.IsMariaDb ? "ANALYZE" : Pick("EXPLAIN ANALYZE", "EXPLAIN FORMAT = TREE ANALYZE"));
                Modify();
                break;
            case 4 when !syntax.IsMariaDb:
                Trap("EXPLAIN FORMAT = JSON INTO @u1");
                Select(1, isOuter: false);
                break;
            default:
                Add(Pick("EXPLAIN", "DESC", "EXPLAIN FORMAT = JSON", syntax.IsMariaDb ? "EXPLAIN EXTENDED" : "EXPLAIN FORMAT = TRADITIONAL"));
                Select(2, isOuter: true);
                break;
        }
    }

    private void Modify() => InScope(() =>
    {
        switch (random.Next(6))
        {
            case 0:
                Add(Pick("INSERT INTO t1 ( a ) VALUES (", "INSERT t1 SET a = (", "REPLACE INTO t1 ( id ) VALUES (", "INSERT IGNORE t2 ( a ) VALUES ("));
                Expression(1);
                Add(")");
                break;
            case 1:
                Add("INSERT INTO t2 ( a )");
                Select(1, isOuter: true);
                break;
            case 2:
                Add("UPDATE t1 SET a =");
                Expression(1);
                Add(Pick("", "WHERE id = 1", "LIMIT 1", "ORDER BY id LIMIT 1"));
                break;
            case 3:
                Add("UPDATE t1 AS x1 JOIN t2 AS x2 SET x1.a = x2.b");
                break;
            case 4:
                Add("DELETE x1 FROM t1 AS x1 , t2 AS x2");
                break;
            default:
                Add("DELETE FROM t1 WHERE");
                Expression(1);
                break;
        }
    });

    private void NoRead()
    {
        switch (random.Next(6))
        {
            case 0:
                Modify();
                break;
            case 1:
                Add("WITH c1 AS ( SELECT 1 )");
                Add(Pick("DELETE FROM t1", "UPDATE t1 SET a = 2"));
                break;
            case 2:
                Add("SET");
                Add(Pick("@u1 =", "@u2 :=", "SESSION sort_buffer_size =", "@@session . sort_buffer_size =", "lc_time_names ="));
                Expression(1);
                break;
            case 3:
                Add(Pick(
                    "CALL pr1( 1 )", "PREPARE ps FROM 'SELECT 2'", "EXECUTE ps", "DEALLOCATE PREPARE ps", "USE information_schema", "COMMIT",
                    "BEGIN", "SAVEPOINT a", "ROLLBACK", "SET autocommit = 0", "SET NAMES latin1", "HANDLER t1 OPEN", "LOCK TABLES t1 READ",
                    "UNLOCK TABLES", "GET DIAGNOSTICS @u1 = NUMBER", "SIGNAL SQLSTATE '45000'", "XA START 'x'", "FLUSH TABLES", "KILL QUERY 0"));
                break;
            case 4:
                Add(Pick(
                    "CREATE TABLE t9 ( a INT )", "CREATE TEMPORARY TABLE t9 ( a INT )", "DROP TABLE t9", "DROP TEMPORARY TABLE tmp1", "TRUNCATE t1",
                    "ALTER TABLE t1 ADD c INT", "RENAME TABLE t1 TO t9", "ANALYZE TABLE t1", "OPTIMIZE TABLE t1", "CREATE VIEW v9 AS SELECT 1",
                    "INSERT INTO tmp1 VALUES ( 9 )", "UPDATE tmp1 SET a = 9", "DELETE FROM tmp1", "GRANT SELECT ON t1 TO x9", "SET GLOBAL sort_buffer_size = 1"));
                break;
            case 5 when syntax.IsMariaDb:
                Add(Pick(
                    "SET STATEMENT sort_buffer_size = 40000 FOR DELETE FROM t1", "EXECUTE IMMEDIATE 'DELETE FROM t1'",
                    "BEGIN NOT ATOMIC DELETE FROM t1 ; END", "IF 1 THEN DELETE FROM t1 ; END IF", "INSERT INTO t1 ( a ) VALUES ( 1 ) RETURNING id",
                    "DELETE FROM t1 RETURNING a", "CREATE SEQUENCE sq9", "FOR i IN 1 .. 2 DO DELETE FROM t1 ; END FOR"));
                break;
            default:
                Add("FROBNICATE t1");
                break;
        }
    }
}
