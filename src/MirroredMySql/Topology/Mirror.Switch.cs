using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>A change of lead that nobody has to make: both nodes are in step, and stay so.</summary>
internal sealed partial class Mirror
{
    /// <summary>
    /// Waits behind a barrier on both nodes until no write is about to commit, and lets the other node lead from then on.
    /// </summary>
    /// <exception cref="MirroredDbException">The node is not in step, or the barrier could not be had; nothing has changed.</exception>
    public async Task SwitchAsync(Node lead, CancellationToken cancellationToken)
    {
        await ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
        await EnterAsync(async: true).ConfigureAwait(false);
        try
        {
            var formation = _formation;
            if (formation.Lead == lead)
                return;
            if (formation.Follower != lead)
                throw NodeErrors.NotInStep(lead, formation.Lead);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await SwitchAsync(formation, lead, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (Exception e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
                {
                    // A write that is about to commit takes its time.
                }
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    // The former lead is locked and written first; the other one's row follows it wherever this process ends.
    private async Task SwitchAsync(Formation formation, Node lead, CancellationToken cancellationToken)
    {
        var former = await OwnConnection.OpenAsync(this, formation.Lead, "", cancellationToken).ConfigureAwait(false);
        await using var ofFormer = former.ConfigureAwait(false);
        var next = await OwnConnection.OpenAsync(this, lead, "", cancellationToken).ConfigureAwait(false);
        await using var ofNext = next.ConfigureAwait(false);
        var state = formation.State.Next(MirrorMode.Mirrored, lead.Role, "the lead was switched by hand");
        foreach (var connection in new[] { former, next })
        {
            var row = await StateStore.LockAsync(connection.Node, connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
            if (row?.Token != formation.Token)
                throw NodeErrors.NotInStep(lead, formation.Lead);
            await StateStore.WriteAsync(connection.Node, connection.Physical, state, async: true, cancellationToken).ConfigureAwait(false);
        }

        await StateStore.EndAsync(former.Physical, commit: true, async: true, CancellationToken.None).ConfigureAwait(false);
        Publish(new Formation(lead, formation.Lead, state));
        await StateStore.EndAsync(next.Physical, commit: true, async: true, CancellationToken.None).ConfigureAwait(false);
        Log.LeadSwitched(_logger, lead.Name);
    }
}
