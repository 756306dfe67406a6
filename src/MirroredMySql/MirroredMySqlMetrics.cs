using System.Diagnostics.Metrics;

namespace MirroredMySql;

/// <summary>The names of what this library measures, under the meter <see cref="MeterName"/>.</summary>
public static class MirroredMySqlMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "MirroredMySql";

    /// <summary>Counts statements after which a table may differ between the nodes; the tag <c>table</c> names it.</summary>
    public const string Divergences = "mirrored_mysql.divergences";

    /// <summary>Counts commits of transactions; the tag <c>outcome</c> is <c>both</c>, <c>one</c>, <c>failed</c> or <c>in_doubt</c>.</summary>
    public const string Commits = "mirrored_mysql.commits";

    /// <summary>Counts the epochs and modes that this process has learnt of, the first included; the tag <c>mode</c> is the new mode.</summary>
    public const string ModeChanges = "mirrored_mysql.mode_changes";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> DivergenceCounter =
        Meter.CreateCounter<long>(Divergences, "{statement}", "Statements after which a table may differ between the nodes.");

    private static readonly Counter<long> CommitCounter =
        Meter.CreateCounter<long>(Commits, "{commit}", "Commits by what became of them.");

    private static readonly Counter<long> ModeCounter =
        Meter.CreateCounter<long>(ModeChanges, "{change}", "Changes of lead or mode.");

    internal static void Committed(string outcome) => CommitCounter.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    internal static void ModeChanged(MirrorMode mode) => ModeCounter.Add(1, new KeyValuePair<string, object?>("mode", mode.ToString()));

    internal static void Diverged(string table) => DivergenceCounter.Add(1, new KeyValuePair<string, object?>("table", table));
}
