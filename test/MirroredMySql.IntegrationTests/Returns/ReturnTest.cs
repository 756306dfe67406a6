using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>A pair of servers of its own, of which a test may break either.</summary>
[NonParallelizable]
public abstract class ReturnTest(ServerFlavor flavor)
{
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
            if (!server.IsRunning)
                await server.StartAsync();
            server.Resume();
            await server.WaitUntilReadyAsync();
            await using var connection = Open(server);
            foreach (var table in await connection.QueryAsync<string>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'"))
                await connection.ExecuteAsync($"DROP TABLE `{table}`");
            await connection.ExecuteAsync("DROP VIEW IF EXISTS dear");
        }

        Logs = new RecordingLoggerFactory();
        Source = MakeSource(Options());
        await using var first = await Source.OpenConnectionAsync();
        await first.ExecuteAsync("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100) NOT NULL, n INT NOT NULL DEFAULT 0)");
    }

    [TearDown]
    public async Task DisposeSource()
    {
        ProtocolSteps.Observer = null;
        await Source.DisposeAsync();
        Logs.Dispose();
    }

    private protected virtual MirroredMySqlOptions Options() => new() { ReconnectInterval = TimeSpan.FromMilliseconds(100) };

    private protected virtual string Keywords => "";

    private protected MirroredDbDataSource MakeSource(MirroredMySqlOptions options, TimeProvider? time = null)
    {
        options.Driver = Driver.Factory;
        options.Primary = Pair.Primary.ConnectionString + Keywords;
        options.Standby = Pair.Standby.ConnectionString + Keywords;
        return new MirroredDbDataSource(options, Logs, time);
    }

    /// <summary>Kills the standby and has it noticed.</summary>
    private protected async Task GoSoloAsync()
    {
        Pair.Standby.Kill();
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('the first one alone')");
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    private protected async Task UntilAsync(Func<bool> condition, string what, int seconds = 60)
    {
        var deadline = DateTime.UtcNow.AddSeconds(seconds);
        while (!condition() && DateTime.UtcNow < deadline)
            await Task.Delay(20);
        Assert.That(condition(), Is.True, $"{what}\n{Source.Status}\n{string.Join('\n', Logs.Entries.TakeLast(20))}");
    }

    private protected async Task UntilMirroredAsync()
    {
        await UntilAsync(() => Source.Status.Mode == MirrorMode.Mirrored, "in step again");
        // A process that has not admitted the node itself reads a moment later what is not suspect any more.
        await UntilAsync(() => Source.Status.Suspects.Count == 0, "nothing is suspect", seconds: 10);
    }

    private protected async Task AssertIdenticalAsync()
    {
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    /// <summary>The standby, which was absent, comes to the lead's rows.</summary>
    private protected async Task AssertComesBackAsync()
    {
        await Pair.Standby.StartAsync();
        await UntilMirroredAsync();
        await AssertIdenticalAsync();
    }

    private protected IEnumerable<string> Warnings => Logs.Entries.Where(e => e.Level >= LogLevel.Warning).Select(e => e.Message);

    private protected static DbConnection Open(LocalServer server)
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = server.ConnectionString;
        connection.Open();
        return connection;
    }
}

/// <summary>How a process ends for a test: with this at some step, and its connections with it.</summary>
internal sealed class ProcessDied : OperationCanceledException;
