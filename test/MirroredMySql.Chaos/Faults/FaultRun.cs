using System.Diagnostics;
using System.Globalization;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Control;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Faults;

/// <summary>The whole run: servers, proxies, clients, faults; then what is left of it all.</summary>
internal sealed class FaultRun(FaultSettings settings, TextWriter output)
{
    // Whoever waits for a lock shall not wait longer than the run; seconds.
    private const int LockTimeout = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SettlementPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ComparisonPatience = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await output.WriteLineAsync($"chaos: seed {settings.Seed.ToString(CultureInfo.InvariantCulture)}");
        await output.WriteLineAsync($"chaos: starting two private {settings.Flavor.ToName()} servers, driver {Driver.Name}");
        var options = new LocalServerOptions
        {
            Database = "chaos",
            Arguments = [$"--innodb-lock-wait-timeout={LockTimeout}", $"--lock-wait-timeout={LockTimeout}"],
        };
        await using var pair = await LocalServerPair.StartAsync(settings.Flavor, options, cancellationToken);
        if (!pair.Primary.CanControl)
            throw new ChaosException("Chaos runs on private servers only: unset MIRROREDMYSQL_TEST_PRIMARY and …_STANDBY.");
        await using var gateway = new Gateway(pair);
        await CreateSchemaAsync(gateway, cancellationToken);

        var diaries = Directory.CreateTempSubdirectory("mirrored-mysql-chaos-");
        try
        {
            var chronicle = new Chronicle(output);
            var end = await WriteAsync(gateway, chronicle, diaries.FullName, cancellationToken);
            return await ReckonAsync(pair, gateway, chronicle, diaries.FullName, end, cancellationToken);
        }
        finally
        {
            diaries.Delete(recursive: true);
        }
    }

    private static async Task CreateSchemaAsync(Gateway gateway, CancellationToken cancellationToken)
    {
        await using var mirror = new MirroredDbDataSource(gateway.Options());
        await using var connection = await mirror.OpenConnectionAsync(cancellationToken);
        foreach (var sql in DeedSchema.Statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <returns>When the clients were asked to stop.</returns>
    private async Task<long> WriteAsync(Gateway gateway, Chronicle chronicle, string diaries, CancellationToken cancellationToken)
    {
        await using var clients = new ClientTeam(settings, gateway, chronicle, diaries);
        await clients.StartAsync();
        var (processes, workers, seconds) = (settings.Processes, settings.Workers, settings.Duration.TotalSeconds);
        chronicle.Say(FormattableString.Invariant($"{processes} clients with {workers} workers each write for {seconds:0} s"));
        await Task.Delay(WarmUp, cancellationToken);

        var stage = new Stage(gateway, clients);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(settings.Duration);
        var plans = FaultPlan.Of(settings).Select(plan => new FaultSchedule(stage, chronicle).RunAsync(plan, enough.Token)).ToList();
        await Task.WhenAll([.. plans, Task.Delay(settings.Duration, cancellationToken)]);
        cancellationToken.ThrowIfCancellationRequested();

        chronicle.Say("healing");
        await stage.HealAsync();
        var end = Stopwatch.GetTimestamp();
        await clients.StopAsync();
        return end;
    }

    private async Task<int> ReckonAsync(
        LocalServerPair pair, Gateway gateway, Chronicle chronicle, string diaries, long end, CancellationToken cancellationToken)
    {
        chronicle.Say("waiting until both nodes are in step");
        await using var mirror = new MirroredDbDataSource(gateway.Options());
        var settlement = await Settlement.WaitAsync(mirror, SettlementPatience, cancellationToken);
        chronicle.Say(FormattableString.Invariant($"{settlement.Mode} after {settlement.Took.TotalSeconds:0.0} s"));
        var findings = await Findings.ReadAsync(pair, ComparisonPatience, cancellationToken);
        // In step is what stays in step: the comparison has taken its time.
        if (settlement.IsGood)
            settlement = await Settlement.WaitAsync(mirror, TimeSpan.Zero, cancellationToken);
        var ledger = await Ledger.ReadAsync(diaries, cancellationToken);

        List<Violation> violations =
        [
            .. settlement.Violations(),
            .. findings.Violations(ledger),
            .. chronicle.Mishaps.Select(mishap => new Violation("clients end when they are told to", mishap)),
            .. ledger.Surprises.Select(surprise => new Violation("errors are those of a database", $"{surprise.Kind}: {surprise.What}")),
        ];
        var outages = new Outages(ledger, end);
        await new FaultText(settings, chronicle, ledger, outages, violations, output).WriteAsync();
        return violations.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }
}
