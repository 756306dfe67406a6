using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.HungServers;

/// <summary>A test with a pair of its own whose servers are frozen: they accept connections and answer nothing.</summary>
public abstract class HungServerTest(ServerFlavor flavor)
{
    // Far below the time that a command has here.
    private protected static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    private const string CommandTimeout = ";Default Command Timeout=300";

    private protected LocalServerPair Pair { get; private set; } = null!;

    private protected MirroredDbDataSource Source { get; private set; } = null!;

    private protected RecordingLoggerFactory Logs { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartPair() => Pair = await LocalServerPair.StartAsync(flavor);

    [OneTimeTearDown]
    public async Task StopPair() => await Pair.DisposeAsync();

    [SetUp]
    public async Task MakeSource()
    {
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await server.StartAsync();
            await EmptyAsync(server);
        }

        Logs = new RecordingLoggerFactory();
        Source = MakeSource(new MirroredMySqlOptions());
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200)); INSERT INTO item (v) VALUES ('both')");
    }

    [TearDown]
    public async Task DisposeSource()
    {
        Pair.Primary.Resume();
        Pair.Standby.Resume();
        await Source.DisposeAsync();
        Logs.Dispose();
        // A driver that fails over a connection which nobody has closed would end the process.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    /// <summary>What another process would do.</summary>
    private protected async Task StartAgainAsync()
    {
        await Source.DisposeAsync();
        Source = MakeSource(new MirroredMySqlOptions());
        await using var connection = await Source.OpenConnectionAsync();
    }

    private protected MirroredDbDataSource MakeSource(MirroredMySqlOptions options, string keywords = "")
    {
        options.NodeTimeout = TimeSpan.FromSeconds(3); // also the time for connecting, on a machine that may be busy
        options.Lease = TimeSpan.FromMinutes(5); // or the signs of life would find what a wait has to find
        options.ReconnectInterval = TimeSpan.FromMilliseconds(200);
        options.Driver = Driver.Factory;
        options.Primary = Pair.Primary.ConnectionString + CommandTimeout + keywords;
        options.Standby = Pair.Standby.ConnectionString + CommandTimeout + keywords;
        return new MirroredDbDataSource(options, Logs);
    }

    private protected LocalServer Server(NodeRole role) => role == NodeRole.Primary ? Pair.Primary : Pair.Standby;

    private protected static NodeRole Other(NodeRole role) => role == NodeRole.Primary ? NodeRole.Standby : NodeRole.Primary;

    /// <summary>Runs what may hang, on a thread that may be left behind.</summary>
    private protected static Task<T> InTimeAsync<T>(Func<Task<T>> run) => Task.Run(run).WaitAsync(Bound);

    private protected static Task<int> WriteAsync(MirroredDbConnection connection, string sql, bool async, DbTransaction? transaction = null) =>
        InTimeAsync(async () => async ? await connection.ExecuteAsync(sql, transaction: transaction) : connection.Execute(sql, transaction: transaction));

    private protected static Task<T?> ReadAsync<T>(MirroredDbConnection connection, string sql, bool async) =>
        InTimeAsync(async () => async ? await connection.ExecuteScalarAsync<T>(sql) : connection.ExecuteScalar<T>(sql));

    /// <summary>Lets both servers go on and waits until the nodes are in step and equal.</summary>
    private protected async Task AssertInStepAsync(int rows)
    {
        Pair.Primary.Resume();
        Pair.Standby.Resume();
        await UntilAsync(() => Source.Status.Mode == MirrorMode.Mirrored, TimeSpan.FromSeconds(40));
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(rows));
    }

    private protected async Task UntilAsync(Func<bool> condition, TimeSpan patience)
    {
        var deadline = DateTime.UtcNow + patience;
        while (!condition() && DateTime.UtcNow < deadline)
            await Task.Delay(20);
        Assert.That(condition(), Is.True, string.Join('\n', Logs.Entries.Select(e => e.ToString()).TakeLast(8)));
    }

    private protected static DbConnection Open(LocalServer server)
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = server.ConnectionString;
        connection.Open();
        return connection;
    }

    private static async Task EmptyAsync(LocalServer server)
    {
        await using var connection = Open(server);
        foreach (var table in await connection.QueryAsync<string>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"))
            await connection.ExecuteAsync($"DROP TABLE `{table}`");
    }
}
