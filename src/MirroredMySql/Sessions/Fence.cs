using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// What makes a write fail on a node that has moved on: a read of the node's token, which shares a lock with whoever is about to commit and
/// keeps out whoever wants to change the epoch.
/// </summary>
internal static class Fence
{
    private const int UnknownLocale = 1649;

    private const string Stale = "mirror: stale epoch";

    /// <summary>
    /// An assignment for a SET: it changes nothing where the token stands, and is an error where another one or none does. A SET gives
    /// neither rows nor affected rows, so that it can ride with a caller's statement.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="token">The token.</param>
    /// <param name="mayWait">Whether to wait for whoever changes the epoch; otherwise that is an error too.</param>
    public static string Assignment(Node node, string token, bool mayWait = true)
    {
        // In the words of each family.
        var share = mayWait ? "LOCK IN SHARE MODE" : node.Facts!.IsMariaDb ? "LOCK IN SHARE MODE NOWAIT" : "FOR SHARE NOWAIT";
        return $"lc_time_names=IF((SELECT token FROM {node.Tables.State} WHERE id=1 {share})<=>'{token}',@@lc_time_names,'{Stale}')";
    }

    /// <summary>Whether an error is the fence's.</summary>
    public static bool IsStale(Exception exception)
    {
        if (DriverFailure.Number(exception) != UnknownLocale)
            return false;
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e.Message.Contains(Stale, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
