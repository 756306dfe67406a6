using MirroredMySql.Chaos.Judgment;
using MirroredMySql.Chaos.Operations;
using MirroredMySql.Chaos.Work;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Control;

/// <summary>The whole run: servers, tables, processes, comparison, verdict.</summary>
internal sealed class ChaosRun(ChaosSettings settings, TextWriter output)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var pair = await PrivatePair.StartAsync(settings.Flavor, settings.Seed, output, cancellationToken);
        var options = new MirroredMySqlOptions
        {
            Driver = Driver.Factory,
            Primary = pair.Primary.ConnectionString,
            Standby = pair.Standby.ConnectionString,
        };
        var report = new WorkReport();
        var status = await PrivatePair.CreateSchemaAsync(options, ChaosSchema.Statements, cancellationToken);
        report.Suspects.AddRange(status.Suspects);
        report.Modes.Add(status.Mode);
        foreach (var part in await WriteAsync(pair, cancellationToken))
            report.Add(part);

        await output.WriteLineAsync("comparing both nodes");
        await using var primary = await DirectConnection.OpenAsync(pair.Primary.ConnectionString, cancellationToken);
        await using var standby = await DirectConnection.OpenAsync(pair.Standby.ConnectionString, cancellationToken);
        var findings = await NodeComparison.RunAsync(primary, standby, cancellationToken);
        var verdict = new Verdict(settings, report, findings);
        await new VerdictText(settings, report, verdict, output).WriteAsync();
        return verdict.IsGood ? CommandLine.Success : CommandLine.Failure;
    }

    private async Task<IReadOnlyList<WorkReport>> WriteAsync(LocalServerPair pair, CancellationToken cancellationToken)
    {
        var processes = new List<WorkProcess>();
        try
        {
            for (var number = 0; number < settings.Processes; number++)
                processes.Add(await WorkProcess.StartAsync(settings, number, pair, cancellationToken));
            await output.WriteLineAsync(
                $"{settings.Processes} processes with {settings.Workers} workers each write for {settings.Duration.TotalSeconds:0} s");
            return await Task.WhenAll(processes.Select(process => process.RunAsync(cancellationToken)));
        }
        finally
        {
            foreach (var process in processes)
                await process.DisposeAsync();
        }
    }
}
