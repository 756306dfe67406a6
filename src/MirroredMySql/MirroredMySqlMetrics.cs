using System.Diagnostics.Metrics;

namespace MirroredMySql;

/// <summary>The names of what this library measures, under the meter <see cref="MeterName"/>.</summary>
public static class MirroredMySqlMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "MirroredMySql";

    /// <summary>Counts statements after which a table may differ between the nodes; the tag <c>table</c> names it.</summary>
    public const string Divergences = "mirrored_mysql.divergences";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> DivergenceCounter =
        Meter.CreateCounter<long>(Divergences, "{statement}", "Statements after which a table may differ between the nodes.");

    internal static void Diverged(string table) => DivergenceCounter.Add(1, new KeyValuePair<string, object?>("table", table));
}
