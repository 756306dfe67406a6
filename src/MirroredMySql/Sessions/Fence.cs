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
    public static string Assignment(Node node, string token) =>
        $"lc_time_names=IF((SELECT token FROM {node.Tables.State} WHERE id=1 LOCK IN SHARE MODE)<=>'{token}',@@lc_time_names,'{Stale}')";

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
