using System.Data.Common;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>Tells a lock timeout that a node's way back has caused from one that is the callers' own affair.</summary>
internal sealed partial class Mirror
{
    /// <param name="formation">The one in which a lock was waited for in vain.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public async ValueTask<bool> IsBringingBackAsync(Formation formation, bool async)
    {
        var present = _formation;
        if (formation.Follower is not null)
            return false;
        if (present.Follower is not null || present.State.Mode is MirrorMode.CatchingUp or MirrorMode.Resyncing)
            return true;
        // Another process may be at it.
        try
        {
            var connection = await formation.Lead.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
            await using var end = connection.Ending(async).ConfigureAwait(false);
            var row = await StateStore.ReadAsync(formation.Lead, connection, async, CancellationToken.None).ConfigureAwait(false);
            return row is not null && (row.Token != formation.Token || row.Mode is MirrorMode.CatchingUp or MirrorMode.Resyncing);
        }
        catch (Exception e) when (DriverFailure.ClassifyConnect(e, CancellationToken.None) is not FailureKind.Configuration)
        {
            // Whoever waits for the lock gets the server's own error, and the lead is looked at by the next one who needs it.
            formation.Lead.LastError = e;
            return false;
        }
    }
}
