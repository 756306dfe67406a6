using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.Drivers;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A pair of servers of its own, to be killed and stopped, and a mirror over it that each test is the first to use.</summary>
public abstract class FailoverTest(ServerFlavor flavor)
{
    internal LocalServerPair Pair { get; private set; } = null!;

    internal MirroredDbDataSource Source { get; private set; } = null!;

    internal RecordingLoggerFactory Logs { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartPair() => Pair = await LocalServerPair.StartAsync(flavor);

    [OneTimeTearDown]
    public async Task StopPair() => await Pair.DisposeAsync();

    [SetUp]
    public async Task MakeSource()
    {
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            if (!server.IsRunning)
                await server.StartAsync();
            server.Resume();
            await server.WaitUntilReadyAsync();
        }

        await Task.WhenAll(new[] { Pair.Primary, Pair.Standby }.Select(EmptyAsync));
        Logs = new RecordingLoggerFactory();
        Source = MakeSource(SourceOptions());
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("DROP TABLE IF EXISTS item; CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(40))");
    }

    [TearDown]
    public async Task DisposeSource()
    {
        await Source.DisposeAsync();
        Logs.Dispose();
    }

    protected virtual MirroredMySqlOptions SourceOptions() => new() { ReconnectInterval = TimeSpan.FromMilliseconds(200) };

    protected async Task AssertInStepAsync(int rows)
    {
        await Eventually.IsAsync(() => Source.Status.Mode == MirrorMode.Mirrored);
        Assert.That(Source.Status.Suspects, Is.Empty);
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(rows));
        await using var connection = await Source.OpenConnectionAsync();
        const string settings = "SELECT CONCAT_WS(',', @@foreign_key_checks, @@unique_checks, @@time_zone, @@sql_mode)";
        Assert.That(connection.ExecuteScalar<string>(settings), Is.EqualTo(primary.ExecuteScalar<string>(settings)));
        connection.Execute("INSERT INTO item (v) VALUES ('in step')");
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    /// <summary>The standby is found lost, as by another process, and comes back by itself.</summary>
    /// <param name="meanwhile">What happens before that.</param>
    /// <param name="source">Who loses it; <see cref="Source"/> by default.</param>
    protected async Task BeAbsentAsync(Func<Task> meanwhile, MirroredDbDataSource? source = null)
    {
        source ??= Source;
        using (new HeldReturn())
        {
            await TakeOutStandbyAsync(source);
            Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Solo).Or.EqualTo(MirrorMode.CatchingUp));
            await meanwhile();
        }

        await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored && source.Mirror.IsFresh);
    }

    protected static Task TakeOutStandbyAsync(MirroredDbDataSource source) =>
        source.Mirror.LoseAsync(source.Mirror.Standby, new DataException("it is taken out by the test"), "testing", async: true).AsTask();

    // Each test is the first to use the pair.
    private static async Task EmptyAsync(LocalServer server)
    {
        await using var connection = Open(server);
        const string all = "SELECT CONCAT(IF(TABLE_TYPE IN ('VIEW', 'SEQUENCE'), TABLE_TYPE, 'TABLE'), ' `', TABLE_NAME, '`') FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
        foreach (var each in await connection.QueryAsync<string>(all))
            await connection.ExecuteAsync($"DROP {each}");
    }

    protected static async Task KillConnectionsAsync(LocalServer server)
    {
        await using var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = server.AdministratorConnectionString;
        await administrator.OpenAsync();
        foreach (var id in await administrator.QueryAsync<long>("SELECT ID FROM information_schema.PROCESSLIST WHERE DB IS NOT NULL AND ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler')"))
        {
            try
            {
                await administrator.ExecuteAsync($"KILL {id}");
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchThread)
            {
                // It has ended by itself.
            }
        }
    }

    protected MirroredDbDataSource MakeSource(MirroredMySqlOptions options, TimeProvider? time = null)
    {
        options.Driver = Driver.Factory;
        options.Primary = Pair.Primary.ConnectionString;
        options.Standby = Pair.Standby.ConnectionString;
        return new MirroredDbDataSource(options, Logs, time);
    }

    /// <summary>Beside the mirror, and as an administrator: the mirror ends connections of its own account that have slept for too long.</summary>
    protected static DbConnection Open(LocalServer server)
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = server.AdministratorConnectionString;
        connection.Open();
        return connection;
    }
}
