namespace MirroredMySql.Tool.Demo.Load;

/// <summary>The statements that a server has counted.</summary>
internal sealed record NodeCounters(long Inserts, long Updates, long Deletes, long Commits, long Rollbacks)
{
    public static NodeCounters Zero { get; } = new(0, 0, 0, 0, 0);

    public NodeCounters Since(NodeCounters start) =>
        new(Inserts - start.Inserts, Updates - start.Updates, Deletes - start.Deletes, Commits - start.Commits, Rollbacks - start.Rollbacks);
}

/// <summary>One node at one moment.</summary>
/// <param name="Latency">The mean time of a look-up by key within the latest second, or <see langword="null"/> when it does not answer.</param>
/// <param name="WorstLatency">The longest since the start.</param>
/// <param name="Counters">What the server has counted since the start.</param>
internal sealed record NodeFigures(TimeSpan? Latency, TimeSpan WorstLatency, NodeCounters Counters);

/// <summary>The whole load at one moment.</summary>
/// <param name="Elapsed">The time since the start.</param>
/// <param name="IsFinal">Whether the load is over: the two rates are then of all of it, before that of the latest second.</param>
/// <param name="Primary">The primary.</param>
/// <param name="Standby">The standby.</param>
/// <param name="Totals">What callers of the mirror were acknowledged.</param>
/// <param name="WritesPerSecond">Acknowledged writes per second.</param>
/// <param name="WriteLatency">The mean time of a write statement through the mirror, its share of connecting and committing included.</param>
/// <param name="Status">The mirror as it sees itself.</param>
internal sealed record LoadFigures(
    TimeSpan Elapsed, bool IsFinal, NodeFigures Primary, NodeFigures Standby, LedgerTotals Totals, double WritesPerSecond, TimeSpan WriteLatency,
    MirrorStatus Status);
