using System.Data.Common;
using Dapper;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>What the failing statements run into: the same on every database, made without the mirror.</summary>
internal static class Schema
{
    /// <summary>Everything that a caller can see in the tables, but for the marks that the frames leave.</summary>
    public const string Contents =
        """
        SELECT CONCAT_WS('/',
            (SELECT IFNULL(GROUP_CONCAT(CONCAT_WS(',', id, code) ORDER BY id), '') FROM parent),
            (SELECT IFNULL(GROUP_CONCAT(CONCAT_WS(',', id, parent_id) ORDER BY id), '') FROM child),
            (SELECT IFNULL(GROUP_CONCAT(CONCAT_WS(',', id, name, n, doubled) ORDER BY id), '') FROM item),
            (SELECT IFNULL(GROUP_CONCAT(CONCAT_WS(',', a, b) ORDER BY a), '') FROM pair),
            (SELECT IFNULL(GROUP_CONCAT(id ORDER BY id), '') FROM guarded))
        """;

    public const string Marks = "SELECT IFNULL(GROUP_CONCAT(id ORDER BY id), '') FROM mark";

    private static readonly string[] Statements =
    [
        "SET FOREIGN_KEY_CHECKS=0",
        "DROP TABLE IF EXISTS mark, parent, child, item, pair, guarded, doomed, made, words",
        "DROP VIEW IF EXISTS items, broken, counted, checked",
        "DROP PROCEDURE IF EXISTS fails", "DROP PROCEDURE IF EXISTS fails_late", "DROP PROCEDURE IF EXISTS adds", "DROP PROCEDURE IF EXISTS handles",
        "DROP PROCEDURE IF EXISTS warns", "DROP PROCEDURE IF EXISTS answers", "DROP PROCEDURE IF EXISTS recurses", "DROP PROCEDURE IF EXISTS fetches",
        "DROP FUNCTION IF EXISTS refuses", "DROP FUNCTION IF EXISTS endless", "DROP FUNCTION IF EXISTS writes",
        "SET FOREIGN_KEY_CHECKS=1",
        "CREATE TABLE mark (id INT PRIMARY KEY)",
        "CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(10) NOT NULL UNIQUE)",
        "CREATE TABLE child (id INT AUTO_INCREMENT PRIMARY KEY, parent_id INT NOT NULL, CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent (id))",
        """
        CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(10) NOT NULL UNIQUE, n TINYINT NOT NULL DEFAULT 0, u INT UNSIGNED,
            price DECIMAL(5,2), ratio FLOAT, made DATETIME, day DATE, clock TIME, y YEAR, kind ENUM('a','b'), flags SET('x','y'), doc JSON, bits BIT(2),
            bin VARBINARY(4), place POINT, doubled INT AS (n * 2) STORED, CONSTRAINT item_n CHECK (n < 100))
        """,
        "CREATE TABLE pair (a INT, b INT, PRIMARY KEY (a, b))",
        "CREATE TABLE guarded (id INT PRIMARY KEY)",
        "CREATE TABLE doomed (id INT)",
        "CREATE TABLE words (latin VARCHAR(10) CHARACTER SET latin1, german VARCHAR(10) COLLATE utf8mb4_german2_ci, uni VARCHAR(10) COLLATE utf8mb4_unicode_ci)",
        "INSERT INTO parent VALUES (1, 'one'), (2, 'two')",
        "INSERT INTO child (parent_id) VALUES (1)",
        "INSERT INTO item (name, n) VALUES ('first', 1), ('second', 2)",
        "INSERT INTO pair VALUES (1, 1), (2, 2)",
        "INSERT INTO words VALUES ('a', 'a', 'a')",
        "CREATE VIEW items AS SELECT id, name FROM item",
        "CREATE VIEW broken AS SELECT id FROM doomed",
        "CREATE VIEW counted AS SELECT kind, COUNT(*) AS many FROM item GROUP BY kind",
        "CREATE VIEW checked AS SELECT a, b FROM pair WHERE a < 10 WITH CHECK OPTION",
        "DROP TABLE doomed",
        "CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'guarded by a trigger', MYSQL_ERRNO = 5001",
        "CREATE PROCEDURE fails() SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused at once'",
        "CREATE PROCEDURE fails_late() BEGIN SELECT 1; SELECT id FROM parent; SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'refused late', MYSQL_ERRNO = 5002; END",
        "CREATE PROCEDURE adds(IN first INT, OUT many INT) BEGIN INSERT INTO pair VALUES (first, 0); SELECT COUNT(*) INTO many FROM pair; END",
        "CREATE PROCEDURE handles() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION RESIGNAL SET MESSAGE_TEXT = 'handled'; INSERT INTO parent VALUES (1, 'x'); END",
        "CREATE PROCEDURE warns() BEGIN SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'only a warning'; INSERT INTO parent VALUES (2, 'x'); END",
        "CREATE PROCEDURE answers(OUT many INT) BEGIN SET many = 7; SELECT 1; INSERT INTO pair VALUES (1, 1); END",
        "CREATE PROCEDURE recurses() CALL recurses()",
        "CREATE PROCEDURE fetches() BEGIN DECLARE v INT; DECLARE c CURSOR FOR SELECT id FROM parent WHERE id < 0; OPEN c; FETCH c INTO v; END",
        "CREATE FUNCTION refuses() RETURNS INT DETERMINISTIC BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused by a function'; RETURN 1; END",
        "CREATE FUNCTION endless() RETURNS INT DETERMINISTIC BEGIN IF FALSE THEN RETURN 1; END IF; END",
        "CREATE FUNCTION writes(a INT) RETURNS INT DETERMINISTIC BEGIN INSERT INTO pair VALUES (a, 0); RETURN a; END",
    ];

    public static async Task MakeAsync(DbConnection connection)
    {
        foreach (var statement in Statements)
            await connection.ExecuteAsync(statement);
    }
}
