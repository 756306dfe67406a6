using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>A caller's sql_select_limit cuts the caller's own queries short, and none of the mirror's.</summary>
[TestFixture(ServerFlavor.MariaDb, 0)]
[TestFixture(ServerFlavor.MariaDb, 1)]
[TestFixture(ServerFlavor.MySql, 0)]
[TestFixture(ServerFlavor.MySql, 1)]
public sealed class SelectLimitTests(ServerFlavor flavor, int limit) : MirroredTest(flavor)
{
    private MirroredDbConnection _connection = null!;

    [SetUp]
    public void LimitSession()
    {
        _connection = Source.OpenConnection();
        _connection.Execute($"SET sql_select_limit={limit}");
        _connection.Execute("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(40) UNIQUE, n INT, token VARCHAR(40), made DATETIME(6), KEY (n))");
        _connection.Execute("CREATE TABLE audit (id INT PRIMARY KEY, code VARCHAR(40), made DATETIME(6))");
    }

    [TearDown]
    public async Task Close()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
    }

    [Test]
    public async Task Writes_do_the_same_on_both_nodes([Values] bool async)
    {
        string[] statements =
        [
            "INSERT INTO item (code, n, token, made) VALUES ('a', 1, UUID(), NOW(6)), ('b', 2, UUID(), NOW(6))",
            "INSERT IGNORE INTO item (code) VALUES ('a'), ('c')",
            "INSERT INTO item (code, n) SELECT CONCAT(code, '-copy'), n FROM item",
            "INSERT INTO item (code, n) VALUES ('a', 1) ON DUPLICATE KEY UPDATE n = n + 10",
            "REPLACE INTO item (code, n) VALUES ('b', CONNECTION_ID())",
            "UPDATE item SET n = RAND() * 1000 ORDER BY id LIMIT 2",
            "DELETE FROM item WHERE code LIKE 'c%' LIMIT 1",
            "SET sql_mode = 'ANSI_QUOTES'",
            "INSERT INTO item (\"code\") VALUES ('quoted')",
        ];
        foreach (var statement in statements)
            _ = async ? await _connection.ExecuteAsync(statement) : _connection.Execute(statement);

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((6L, 6L)));
        await AssertIdenticalAndStillLimitedAsync();
    }

    [Test]
    public async Task Transactions_do_the_same_on_both_nodes([Values] bool commit)
    {
        _connection.Execute("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE");
        await using (var transaction = await _connection.BeginTransactionAsync())
        {
            _connection.Execute("INSERT INTO item (code, made) VALUES ('a', NOW(6)), ('b', NOW(6))", transaction: transaction);
            _connection.Execute("INSERT INTO item (code, n) SELECT CONCAT(code, '2'), (SELECT COUNT(*) FROM item) FROM item", transaction: transaction);
            await (commit ? transaction.CommitAsync() : transaction.RollbackAsync());
        }

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(commit ? (4L, 4L) : (0L, 0L)));
        await AssertIdenticalAndStillLimitedAsync();
    }

    [Test]
    public async Task Schema_changes_do_the_same_on_both_nodes()
    {
        _connection.Execute("INSERT INTO item (code, n) VALUES ('a', 1), ('b', 2), ('c', 3)");
        _connection.Execute("ALTER TABLE item ADD COLUMN extra INT DEFAULT 7, ADD INDEX by_extra (extra)");
        _connection.Execute("CREATE TABLE copy AS SELECT id, code FROM item");
        _connection.Execute("CREATE VIEW seen AS SELECT code FROM item");
        _connection.Execute("TRUNCATE TABLE audit");
        _connection.Execute("DROP TABLE audit");

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM copy"), Is.EqualTo((3L, 3L)));
        await AssertIdenticalAndStillLimitedAsync();
    }

    [Test]
    public async Task Triggers_and_procedures_do_the_same_on_both_nodes()
    {
        _connection.Execute("CREATE TRIGGER noted AFTER INSERT ON item FOR EACH ROW INSERT INTO audit VALUES (NEW.id, NEW.code, NOW(6))");
        _connection.Execute("CREATE PROCEDURE note(IN c VARCHAR(20)) BEGIN INSERT INTO audit VALUES (11, c, NOW(6)), (12, c, NOW(6)); SELECT id FROM audit; END");
        _connection.Execute("INSERT INTO item (code) VALUES ('a')");

        Assert.That(_connection.Query<int>("CALL note('a')"), Is.EquivalentTo(new[] { 1, 11, 12 }));

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM audit"), Is.EqualTo((3L, 3L)));
        await AssertIdenticalAndStillLimitedAsync();
    }

    [Test]
    public async Task A_SchemaOnly_command_that_fails_spoils_no_write()
    {
        _connection.Execute("SET sql_select_limit=DEFAULT");
        await using (var command = _connection.CreateCommand())
        {
            command.CommandText = "SELECT missing FROM item";
            Assert.Catch<DbException>(() => command.ExecuteReader(CommandBehavior.SchemaOnly));
        }

        _connection.Execute("INSERT INTO item (code, token) VALUES ('a', UUID())");
        _connection.Execute("CREATE TABLE other (id INT PRIMARY KEY)");
        _connection.Execute("INSERT INTO other VALUES (1)");

        await AssertIdenticalAsync();
    }

    private async Task AssertIdenticalAndStillLimitedAsync()
    {
        foreach (var node in new[] { _connection.Session.Mirror.Primary, _connection.Session.Mirror.Standby })
            Assert.That(_connection.Session.Of(node)!.Physical.ExecuteScalar<int>("SELECT @@sql_select_limit LIMIT 1"), Is.EqualTo(limit));
        await AssertIdenticalAsync();
    }
}
