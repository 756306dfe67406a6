using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

internal sealed class RefusalTests
{
    [TestCase("GRANT ALL ON a.* TO u", Refusals.Account)]
    [TestCase("REVOKE ALL ON a.* FROM u", Refusals.Account)]
    [TestCase("CREATE USER u", Refusals.Account)]
    [TestCase("CREATE OR REPLACE ROLE r", Refusals.Account)]
    [TestCase("ALTER USER u", Refusals.Account)]
    [TestCase("DROP USER u", Refusals.Account)]
    [TestCase("RENAME USER a TO b", Refusals.Account)]
    [TestCase("SET PASSWORD = 'x'", Refusals.Account)]
    [TestCase("SET PASSWORD FOR u = 'x'", Refusals.Account)]
    [TestCase("SET DEFAULT ROLE r TO u", Refusals.Account)]
    [TestCase("INSTALL PLUGIN p SONAME 'p.so'", Refusals.Plugin)]
    [TestCase("UNINSTALL COMPONENT 'c'", Refusals.Plugin)]
    [TestCase("CREATE FUNCTION f RETURNS INT SONAME 'f.so'", Refusals.Plugin)]
    [TestCase("SHUTDOWN", Refusals.Administration)]
    [TestCase("RESTART", Refusals.Administration)]
    [TestCase("CLONE LOCAL DATA DIRECTORY 'd'", Refusals.Administration)]
    [TestCase("CREATE TABLESPACE s", Refusals.Administration)]
    [TestCase("CREATE SPATIAL REFERENCE SYSTEM 1", Refusals.Administration)]
    [TestCase("ALTER INSTANCE ROTATE INNODB MASTER KEY", Refusals.Administration)]
    [TestCase("LOAD INDEX INTO CACHE t", Refusals.Administration)]
    [TestCase("CACHE INDEX t IN c", Refusals.Administration)]
    [TestCase("SET RESOURCE GROUP g", Refusals.Administration)]
    [TestCase("RESET QUERY CACHE", Refusals.Replication)]
    [TestCase("PURGE BINARY LOGS TO 'x'", Refusals.Replication)]
    [TestCase("CHANGE REPLICATION SOURCE TO x = 1", Refusals.Replication)]
    [TestCase("START REPLICA", Refusals.Replication)]
    [TestCase("START ALL SLAVES", Refusals.Replication)]
    [TestCase("STOP SLAVE", Refusals.Replication)]
    [TestCase("BINLOG 'x'", Refusals.Replication)]
    [TestCase("FLUSH TABLES WITH READ LOCK", Refusals.Flush)]
    [TestCase("FLUSH PRIVILEGES", Refusals.Flush)]
    [TestCase("LOCK INSTANCE FOR BACKUP", Refusals.BackupLock)]
    [TestCase("UNLOCK INSTANCE", Refusals.BackupLock)]
    [TestCase("BACKUP STAGE START", Refusals.BackupLock)]
    [TestCase("IMPORT TABLE FROM 't.sdi'", Refusals.ServerFile)]
    [TestCase("ALTER TABLE t DISCARD TABLESPACE", Refusals.ServerFile)]
    [TestCase("ALTER TABLE t IMPORT PARTITION p TABLESPACE", Refusals.ServerFile)]
    [TestCase("SELECT * FROM t INTO OUTFILE 'x'", Refusals.ServerFile)]
    [TestCase("SELECT * INTO/**/DUMPFILE 'x' FROM t", Refusals.ServerFile)]
    [TestCase("SELECT 1e5INTO OUTFILE 'x'", Refusals.ServerFile)]
    [TestCase("SELECT \\NINTO OUTFILE 'x'", Refusals.ServerFile)]
    [TestCase("(SELECT 1) UNION (SELECT 2) INTO OUTFILE 'x'", Refusals.ServerFile)]
    [TestCase("SELECT /*! 1 INTO OUTFILE 'x' */", Refusals.ServerFile)]
    [TestCase("SELECT LOAD_FILE('x')", Refusals.ServerFile)]
    [TestCase("INSERT INTO t VALUES (load_file ('x'))", Refusals.ServerFile)]
    [TestCase("LOAD DATA INFILE 'x' INTO TABLE t", Refusals.ServerFile)]
    [TestCase("XA START 'x'", Refusals.Xa)]
    [TestCase("SET GLOBAL x = 1", Refusals.GlobalVariable)]
    [TestCase("SET @a = 1, GLOBAL x = 1", Refusals.GlobalVariable)]
    [TestCase("SET @@global.x = 1", Refusals.GlobalVariable)]
    [TestCase("SET @@persist.x = 1", Refusals.GlobalVariable)]
    [TestCase("SET PERSIST_ONLY x = 1", Refusals.GlobalVariable)]
    [TestCase("SET GLOBAL TRANSACTION READ ONLY", Refusals.GlobalVariable)]
    [TestCase("SET autocommit = 1, @a = 1", Refusals.AutocommitInList)]
    [TestCase("SET @a = 1, autocommit = 1", Refusals.AutocommitInList)]
    [TestCase("SET autocommit = @old", Refusals.AutocommitValue)]
    [TestCase("SET autocommit = DEFAULT", Refusals.AutocommitValue)]
    [TestCase("SET autocommit = 1 + 0", Refusals.AutocommitValue)]
    [TestCase("SET NAMES gbk", Refusals.CharacterSet)]
    [TestCase("SET NAMES 'sjis' COLLATE sjis_bin", Refusals.CharacterSet)]
    [TestCase("SET CHARACTER SET big5", Refusals.CharacterSet)]
    [TestCase("SET @@session.character_set_client = gb18030", Refusals.CharacterSet)]
    [TestCase("DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//", Refusals.ClientCommand)]
    [TestCase("KILL f(1)", Refusals.FunctionOnLead)]
    public void What_cannot_be_mirrored_is_refused_with_its_reason(string sql, string reason)
    {
        var statement = Single(sql);
        Assert.That((statement.Kind, statement.Reason), Is.EqualTo((StatementKind.Refused, reason)));
    }

    [Test]
    public void Every_reason_says_what_to_do_instead()
    {
        var reasons = typeof(Refusals).GetFields().Select(f => (string)f.GetValue(null)!).ToList();
        Assert.That(reasons, Has.Count.GreaterThan(10));
        Assert.That(reasons.Select(r => r.Split(". ").Length), Has.All.GreaterThan(1));
        Assert.That(reasons, Has.All.EndWith("."));
    }

    [TestCase("SET @x = @@global.max_connections")]
    [TestCase("SET sql_select_limit = @@global.sql_select_limit")]
    [TestCase("SET NAMES latin1")]
    public void Reading_a_global_variable_is_not_setting_one(string sql) => Assert.That(KindOf(sql), Is.EqualTo(StatementKind.SessionState));

    [Test]
    public void What_is_not_refused_has_no_reason() => Assert.That(Single("SELECT 1").Reason, Is.Null);
}
