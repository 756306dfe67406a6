using System.Diagnostics;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Control;
using MirroredMySql.Chaos.Inspection;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Faults;

/// <summary>The whole run: servers, proxies, clients, faults; then what is left of it all.</summary>
internal sealed class FaultRun(FaultSettings settings, TextWriter output)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    // Clients that write as fast as they can leave little of a small machine to whoever catches up: it has to come to its end, not to hurry.
    private static readonly TimeSpan HealingPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CalmTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SettlementPatience = TimeSpan.FromSeconds(60);

    private readonly Chronicle _chronicle = new(output);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var pair = await PrivatePair.StartAsync(settings.Flavor, settings.Seed, output, cancellationToken);
        await using var gateway = new Gateway(pair, settings.HasPartitions);
        await PrivatePair.CreateSchemaAsync(gateway.Options(), DeedSchema.Statements, cancellationToken);

        var papers = Directory.CreateTempSubdirectory("mirrored-mysql-chaos-");
        var isGood = false;
        try
        {
            var (started, calm) = await WriteAsync(gateway, papers.FullName, cancellationToken);
            isGood = await ReckonAsync(pair, gateway, papers, started, calm, cancellationToken);
            return isGood ? CommandLine.Success : CommandLine.Failure;
        }
        finally
        {
            if (isGood || cancellationToken.IsCancellationRequested)
                papers.Delete(recursive: true);
        }
    }

    /// <returns>How many clients there were in all, and how it was at the end.</returns>
    private async Task<(int Clients, Calm Calm)> WriteAsync(Gateway gateway, string papers, CancellationToken cancellationToken)
    {
        await using var clients = new ClientTeam(settings, gateway, _chronicle, papers);
        await clients.StartAsync();
        var (processes, workers, seconds) = (settings.Processes, settings.Workers, settings.Duration.TotalSeconds);
        _chronicle.Say(FormattableString.Invariant($"{processes} clients with {workers} workers each write for {seconds:0} s"));
        await Task.Delay(WarmUp, cancellationToken);

        var stage = new Stage(gateway, clients);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(settings.Duration);
        var plans = FaultPlan.Of(settings).Select(plan => new FaultSchedule(stage, _chronicle).RunAsync(plan, enough.Token)).ToList();
        await Task.WhenAll([.. plans, Task.Delay(settings.Duration, cancellationToken)]);
        cancellationToken.ThrowIfCancellationRequested();

        _chronicle.Say("healing");
        await stage.HealAsync();
        var areInStep = await clients.WaitUntilAsync(view => view.IsMirrored, HealingPatience, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        _chronicle.Say(areInStep ? "all clients see both nodes in step" : "not all clients see both nodes in step");
        // They may see that before they have found out about every connection that is broken.
        await clients.WaitUntilAllWriteAsync(HealingPatience);
        _chronicle.Say("calm");
        // Whatever copies of tables have mended before, they do not mend what goes apart from here on.
        await Task.Delay(CalmTime, cancellationToken);
        var calm = new Calm(start, Stopwatch.GetTimestamp(), clients.Numbers, areInStep);
        await clients.StopAsync();
        return (clients.Started, calm);
    }

    private async Task<bool> ReckonAsync(
        LocalServerPair pair, Gateway gateway, DirectoryInfo papers, int clients, Calm calm, CancellationToken cancellationToken)
    {
        _chronicle.Say("waiting until both nodes are in step");
        using var log = new ClientLog(Path.Combine(papers.FullName, "controller.log"), Tell);
        await using var mirror = new MirroredDbDataSource(gateway.Options(), log);
        var settlement = await MirrorWatch.WaitAsync(mirror, SettlementPatience, cancellationToken);
        _chronicle.Say(FormattableString.Invariant($"{settlement.Mode} after {settlement.Took.TotalSeconds:0.0} s"));
        var findings = await PairReading.ReadAsync(pair, cancellationToken);
        _chronicle.Say("both nodes are compared");
        // In step is what stays in step: the comparison has taken its time.
        var later = await MirrorWatch.WaitAsync(mirror, TimeSpan.Zero, cancellationToken);

        var ledger = await DiaryReading.ReadAsync(papers, cancellationToken);
        var evidence = new Evidence(
            clients, settings.Selection is not null, settings.HasPartitions, _chronicle, calm, ledger, settlement, later, findings);
        var violations = evidence.Violations();
        await new FaultText(settings, evidence, violations, output).WriteAsync(violations.Count == 0 ? null : papers.FullName);
        return violations.Count == 0;
    }

    private void Tell(string name, long count) => _chronicle.Add(new FormationChange(Stopwatch.GetTimestamp(), 0, name, count));
}
