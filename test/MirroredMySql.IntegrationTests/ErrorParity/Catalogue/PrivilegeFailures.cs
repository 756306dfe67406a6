namespace MirroredMySql.IntegrationTests.ErrorParity.Catalogue;

/// <summary>What the account may not do.</summary>
internal static class PrivilegeFailures
{
    public static readonly FailingStatement[] All =
    [
        "SELECT * FROM mysql.user",
        "SELECT user FROM mysql.user FOR UPDATE",
        "INSERT INTO mysql.user (User) VALUES ('x')",
        "UPDATE mysql.user SET User = 'x'",
        "DELETE FROM mysql.user",
        "INSERT INTO pair SELECT 1, 1 FROM mysql.user",
        "CREATE TABLE mysql.made (id INT)",
        "CREATE DATABASE elsewhere",
        "DROP DATABASE mysql",
        "DROP TABLE mysql.user",
        "ALTER TABLE mysql.user ADD COLUMN made INT",
        "TRUNCATE TABLE mysql.user",
        "CREATE VIEW made AS SELECT * FROM mysql.user",
        "USE mysql",
        "CALL mysql.missing()",
        "LOCK TABLES mysql.user READ",
        "SHOW TABLES FROM mysql",
        "SHOW CREATE TABLE mysql.user",
        "SET SESSION sql_log_bin = 0",
        "SET SESSION binlog_format = 'ROW'",
        "CREATE DEFINER = root@localhost VIEW made AS SELECT 1",
        "CREATE DEFINER = root@localhost PROCEDURE made() SELECT 1",
        "SHOW ENGINE INNODB STATUS",
        "SHOW BINARY LOGS",
        "INSERT INTO information_schema.TABLES (TABLE_NAME) VALUES ('x')",
        "UPDATE information_schema.TABLES SET TABLE_NAME = 'x'",
        "CREATE TABLE information_schema.made (id INT)",
        "DROP TABLE information_schema.TABLES",
        "LOAD DATA LOCAL INFILE 'missing.csv' INTO TABLE item",
        "LOAD DATA LOCAL INFILE 'missing.csv' INTO TABLE item (missing)",
    ];
}
