using System.Diagnostics;
using MirroredMySql.Chaos.Judgment;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Inspection;

/// <summary>Reads what both nodes hold at the end.</summary>
internal static class PairReading
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

    private static async Task<Findings> ReadOnceAsync(LocalServerPair pair, CancellationToken cancellationToken)
    {
        await using var primary = await DirectConnection.OpenAsync(pair.Primary.ConnectionString, cancellationToken);
        await using var standby = await DirectConnection.OpenAsync(pair.Standby.ConnectionString, cancellationToken);
        return new Findings(
            await NodeReading.ReadAsync(NodeRole.Primary, primary, cancellationToken),
            await NodeReading.ReadAsync(NodeRole.Standby, standby, cancellationToken),
            await NodeComparison.RunAsync(primary, standby, cancellationToken));
    }
}
