using MirroredMySql.Chaos.Judgment;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Inspection;

/// <summary>Reads what both nodes hold at the end.</summary>
internal static class PairReading
{
    public static async Task<Findings> ReadAsync(LocalServerPair pair, CancellationToken cancellationToken)
    {
        await using var primary = await DirectConnection.OpenAsync(pair.Primary.ConnectionString, cancellationToken);
        await using var standby = await DirectConnection.OpenAsync(pair.Standby.ConnectionString, cancellationToken);
        return new Findings(
            await NodeReading.ReadAsync(NodeRole.Primary, primary, cancellationToken),
            await NodeReading.ReadAsync(NodeRole.Standby, standby, cancellationToken),
            await NodeComparison.RunAsync(primary, standby, cancellationToken));
    }
}
