using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>A test with a mirrored data source over a fresh database of a shared pair of servers.</summary>
public abstract class MirroredTest(ServerFlavor flavor)
{
    /// <summary>No node is lost here, but a machine that tests much at once may keep one waiting for longer than the default.</summary>
    private protected static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(10);

    private protected ServerFlavor Flavor { get; } = flavor;

    private protected string PrimaryString { get; set; } = "";

    private protected string StandbyString { get; set; } = "";

    private protected MirroredDbDataSource Source { get; private set; } = null!;

    private protected RecordingLoggerFactory Logs { get; private set; } = null!;

    [SetUp]
    public async Task MakeSource()
    {
        (PrimaryString, StandbyString) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(Flavor));
        Logs = new RecordingLoggerFactory();
        Source = MakeSource(new MirroredMySqlOptions());
    }

    [TearDown]
    public async Task DisposeSource()
    {
        if (Source is not null)
            await Source.DisposeAsync();
        Logs?.Dispose();
    }

    private protected MirroredDbDataSource MakeSource(MirroredMySqlOptions options, string keywords = "") =>
        MakeSource(options, PrimaryString + keywords, StandbyString + keywords);

    private protected MirroredDbDataSource MakeSource(MirroredMySqlOptions options, string primary, string standby)
    {
        options.Driver = Driver.Factory;
        options.Primary = primary;
        options.Standby = standby;
        (options.NodeTimeout, options.Lease) = (NodeTimeout, 4 * NodeTimeout);
        return new MirroredDbDataSource(options, Logs);
    }

    private protected DbConnection OpenPrimary() => Open(PrimaryString);

    private protected DbConnection OpenStandby() => Open(StandbyString);

    /// <summary>Runs it on each node directly, as what the mirror refuses to carry out.</summary>
    private protected void OnEach(string sql)
    {
        using var primary = OpenPrimary();
        primary.Execute(sql);
        using var standby = OpenStandby();
        standby.Execute(sql);
    }

    /// <summary>Both nodes hold the same rows in every table, and nothing is suspect.</summary>
    private protected async Task AssertIdenticalAsync()
    {
        Assert.That(Source.Status.Suspects, Is.Empty);
        await AssertSameRowsAsync();
    }

    private protected async Task AssertSameRowsAsync()
    {
        await using var primary = OpenPrimary();
        await using var standby = OpenStandby();
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    /// <summary>Asks each node directly.</summary>
    private protected async Task<(T Primary, T Standby)> OnBothAsync<T>(string sql)
    {
        await using var primary = OpenPrimary();
        await using var standby = OpenStandby();
        return ((await primary.ExecuteScalarAsync<T>(sql))!, (await standby.ExecuteScalarAsync<T>(sql))!);
    }

    private static DbConnection Open(string connectionString)
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = connectionString;
        connection.Open();
        return connection;
    }
}
