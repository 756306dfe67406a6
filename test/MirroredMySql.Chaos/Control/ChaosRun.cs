using System.Globalization;
using MirroredMySql.Chaos.Judgment;
using MirroredMySql.Chaos.Operations;
using MirroredMySql.Chaos.Work;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Control;

/// <summary>The whole run: servers, tables, processes, comparison, verdict.</summary>
internal sealed class ChaosRun(ChaosSettings settings, TextWriter output)
{
    // Whoever waits for a lock shall not wait longer than the run; seconds.
    private const int LockTimeout = 5;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await SayAsync($"seed {settings.Seed.ToString(CultureInfo.InvariantCulture)}");
        await SayAsync($"starting two private {settings.Flavor.ToName()} servers, driver {Driver.Name}");
        var options = new LocalServerOptions
        {
            Database = "chaos",
            Arguments = [$"--innodb-lock-wait-timeout={LockTimeout}", $"--lock-wait-timeout={LockTimeout}"],
        };
        await using var pair = await LocalServerPair.StartAsync(settings.Flavor, options, cancellationToken);
        if (!pair.Primary.CanControl)
            throw new ChaosException("Chaos runs on private servers only: unset MIRROREDMYSQL_TEST_PRIMARY and …_STANDBY.");

        var report = new WorkReport();
        await CreateSchemaAsync(pair, report, cancellationToken);
        foreach (var part in await WriteAsync(pair, cancellationToken))
            report.Add(part);

        await SayAsync("comparing both nodes");
        await using var primary = await DirectConnection.OpenAsync(pair.Primary.ConnectionString, cancellationToken);
        await using var standby = await DirectConnection.OpenAsync(pair.Standby.ConnectionString, cancellationToken);
        var findings = await NodeComparison.RunAsync(primary, standby, cancellationToken);
        var verdict = new Verdict(settings, report, findings);
        await new VerdictText(settings, report, verdict, output).WriteAsync();
        return verdict.IsGood ? CommandLine.Success : CommandLine.Failure;
    }

    private static async Task CreateSchemaAsync(LocalServerPair pair, WorkReport report, CancellationToken cancellationToken)
    {
        var options = new MirroredMySqlOptions
        {
            Driver = Driver.Factory,
            Primary = pair.Primary.ConnectionString,
            Standby = pair.Standby.ConnectionString,
        };
        await using var mirror = new MirroredDbDataSource(options);
        await using var connection = await mirror.OpenConnectionAsync(cancellationToken);
        foreach (var sql in ChaosSchema.Statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        report.Suspects.AddRange(mirror.Status.Suspects);
        report.Modes.Add(mirror.Status.Mode);
    }

    private async Task<IReadOnlyList<WorkReport>> WriteAsync(LocalServerPair pair, CancellationToken cancellationToken)
    {
        var processes = new List<WorkProcess>();
        try
        {
            for (var number = 0; number < settings.Processes; number++)
                processes.Add(await WorkProcess.StartAsync(settings, number, pair, cancellationToken));
            await SayAsync(
                $"{settings.Processes} processes with {settings.Workers} workers each write for {settings.Duration.TotalSeconds:0} s");
            return await Task.WhenAll(processes.Select(process => process.RunAsync(cancellationToken)));
        }
        finally
        {
            foreach (var process in processes)
                await process.DisposeAsync();
        }
    }

    private Task SayAsync(string what) => output.WriteLineAsync($"chaos: {what}");
}
