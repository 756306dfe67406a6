using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.SchemaChanges;

/// <summary>Several processes write a table and change it at once: whatever comes first on one node comes first on the other.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ConcurrentChangesTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const int Processes = 3;
    private const int WritersPerProcess = 2;
    private const int Changes = 12;

    private readonly List<MirroredDbDataSource> _sources = [];

    [SetUp]
    public void CreateTables()
    {
        for (var i = 0; i < Processes; i++)
            _sources.Add(MakeSource(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(30) }));
        using var connection = Source.OpenConnection();
        connection.Execute(
            """
            CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, writer INT NOT NULL, n INT NOT NULL DEFAULT 0);
            CREATE TABLE total (writer INT PRIMARY KEY, n INT NOT NULL)
            """);
    }

    [TearDown]
    public async Task DisposeSources()
    {
        foreach (var source in _sources)
            await source.DisposeAsync();
        _sources.Clear();
    }

    [TestCase("TRUNCATE TABLE item", "TRUNCATE TABLE item")]
    [TestCase("ALTER TABLE item ADD COLUMN w INT NOT NULL DEFAULT 7", "ALTER TABLE item DROP COLUMN w")]
    [TestCase("ALTER TABLE item ALTER n SET DEFAULT 5", "ALTER TABLE item ALTER n SET DEFAULT 0")]
    [TestCase("CREATE TRIGGER count_up BEFORE INSERT ON item FOR EACH ROW SET NEW.n = NEW.n + 100", "DROP TRIGGER count_up")]
    public async Task Writes_and_schema_changes_meet_in_the_same_order_on_both_nodes(string change, string back)
    {
        using var changed = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Processes * WritersPerProcess).Select(writer => Task.Run(() => WriteAsync(writer, changed.Token))).ToList();
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Processes).Select(changer => Task.Run(() => ChangeAsync(changer, change, back))));
        }
        finally
        {
            await changed.CancelAsync();
        }

        await Task.WhenAll(writers);
        Assert.That(_sources.SelectMany(s => s.Status.Suspects), Is.Empty);
        await AssertIdenticalAsync();
        Assert.That(await Source.CompareSchemasAsync(), Is.Empty);
    }

    private async Task ChangeAsync(int changer, string change, string back)
    {
        await using var connection = await _sources[changer].OpenConnectionAsync();
        for (var round = 0; round < Changes; round++)
            await TryAsync(() => connection.ExecuteAsync(round % 2 == 0 ? change : back));
    }

    private async Task WriteAsync(int writer, CancellationToken changed)
    {
        var source = _sources[writer % Processes];
        for (var round = 0; !changed.IsCancellationRequested; round++)
        {
            await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
            var value = new { writer, round };
            await TryAsync(() => connection.ExecuteAsync("INSERT INTO item (writer) VALUES (@writer), (@writer)", value));
            await TryAsync(() => connection.ExecuteAsync("UPDATE item SET n = (n * 3 + @round) % 100003 WHERE writer <= @writer ORDER BY id LIMIT 3", value));
            await TryAsync(async () =>
            {
                await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
                await connection.ExecuteAsync("INSERT INTO total VALUES (@writer, 1) ON DUPLICATE KEY UPDATE n = n + 1", value, transaction);
                await connection.ExecuteAsync("INSERT INTO item (writer) VALUES (@writer)", value, transaction);
                await transaction.CommitAsync(CancellationToken.None);
                return 0;
            });
        }
    }

    // What two changers do to each other's objects fails as it would on one server.
    private static async Task TryAsync(Func<Task<int>> work)
    {
        try
        {
            await work();
        }
        catch (DbException e) when (e.Data["Server Error Code"] is 1060 or 1091 or 1205 or 1213 or 1359 or 1360 or 1412)
        {
        }
        catch (MirroredDbException e) when (e.IsTransient)
        {
        }
    }
}
