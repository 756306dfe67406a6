using System.Diagnostics;
using MirroredMySql.Chaos.Judgment;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What both nodes hold at the end.</summary>
/// <param name="Primary">The primary's share of what the clients have written.</param>
/// <param name="Standby">The standby's.</param>
/// <param name="Comparison">All tables of both.</param>
internal sealed record Findings(NodeContents Primary, NodeContents Standby, NodeFindings Comparison)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Looks until both nodes hold the same, or until the deadline: what a client left half done when it was killed is settled in the
    /// background, and the mode does not tell when.
    /// </summary>
    public static async Task<Findings> ReadAsync(LocalServerPair pair, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var findings = await ReadOnceAsync(pair, cancellationToken);
            if (findings.Comparison.Differences.Count == 0 || Stopwatch.GetElapsedTime(started) > patience)
                return findings;
            await Task.Delay(Interval, cancellationToken);
        }
    }

    public IEnumerable<Violation> Violations(Ledger ledger)
    {
        foreach (var (table, differences) in Comparison.Differences)
            yield return new("both nodes hold the same rows", $"{table}: {string.Join("; ", differences)}");
        foreach (var (node, sum) in new[] { (Primary, Comparison.PrimarySum), (Standby, Comparison.StandbySum) })
        {
            if (sum != 0)
                yield return new("no money is made or lost", FormattableString.Invariant($"the balances on the {node.Name} are off by {sum}"));
            foreach (var violation in EntryCheck.Run(ledger, node).Concat(CounterCheck.Run(ledger, node)))
                yield return violation;
        }
    }

    private static async Task<Findings> ReadOnceAsync(LocalServerPair pair, CancellationToken cancellationToken)
    {
        await using var primary = await DirectConnection.OpenAsync(pair.Primary.ConnectionString, cancellationToken);
        await using var standby = await DirectConnection.OpenAsync(pair.Standby.ConnectionString, cancellationToken);
        return new Findings(
            await NodeContents.ReadAsync(NodeRole.Primary, primary, cancellationToken),
            await NodeContents.ReadAsync(NodeRole.Standby, standby, cancellationToken),
            await NodeComparison.RunAsync(primary, standby, cancellationToken));
    }
}
