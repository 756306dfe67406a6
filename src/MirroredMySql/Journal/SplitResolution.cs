using MirroredMySql.Drivers;
using MirroredMySql.Synchronization;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>Carries out what an operator has said about nodes that are at odds, as a catch-up does where the policy says it.</summary>
internal sealed class SplitResolution(Mirror mirror)
{
    /// <exception cref="MirroredDbException">There is nothing to decide, or the witness does not agree.</exception>
    /// <exception cref="System.Data.Common.DbException">A node cannot be reached.</exception>
    public async Task RunAsync(Node winner, CancellationToken cancellationToken)
    {
        var lost = await OwnConnection.OpenAsync(mirror, mirror.Other(winner), "", cancellationToken).ConfigureAwait(false);
        await using var ofLost = lost.ConfigureAwait(false);
        var isDone = await DecideAsync(winner, lost, cancellationToken).ConfigureAwait(false);
        var formation = await mirror.ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
        if (!isDone)
            throw NodeErrors.NoSplit(formation.Lead);
    }

    /// <summary>As <see cref="RunAsync"/>, where it may be that nothing is to be decided, or not yet: the other node cannot be reached.</summary>
    public async Task TryAsync(Node winner, CancellationToken cancellationToken)
    {
        OwnConnection? lost = null;
        try
        {
            lost = await OwnConnection.OpenAsync(mirror, mirror.Other(winner), "", cancellationToken).ConfigureAwait(false);
            await DecideAsync(winner, lost, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (DriverFailure.ClassifyConnect(e, cancellationToken) == FailureKind.NodeUnavailable && (lost is null || e is not MirroredDbException))
        {
            mirror.Other(winner).LastError = e;
            return;
        }
        finally
        {
            if (lost is not null)
                await lost.DisposeAsync().ConfigureAwait(false);
        }

        await mirror.ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> DecideAsync(Node winner, OwnConnection lost, CancellationToken cancellationToken)
    {
        var kept = await OwnConnection.OpenAsync(mirror, winner, "", cancellationToken).ConfigureAwait(false);
        await using var ofKept = kept.ConfigureAwait(false);
        // One of them may have been away since this process started.
        foreach (var (unknown, other) in new[] { (kept, lost), (lost, kept) })
        {
            if (unknown.Node.Facts is null)
                await mirror.LearnAgainAsync(unknown.Node, other.Physical, unknown.Physical, cancellationToken).ConfigureAwait(false);
        }

        await kept.ExecuteAsync(TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        await lost.ExecuteAsync(TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        var row = await StateStore.ReadAsync(winner, kept.Physical, async: true, cancellationToken).ConfigureAwait(false);
        var rival = await StateStore.ReadAsync(lost.Node, lost.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (row is null || rival is null)
            return false;
        // Whether all others know of an epoch does not count where somebody has said which node does: what was committed by it is set aside.
        var (ours, theirs) = (row with { IsAnnounced = true }, rival with { IsAnnounced = true });
        var lineage = winner == mirror.Primary ? Lineages.Compare(ours, theirs) : Lineages.Compare(theirs, ours);
        if (lineage is not (Lineage.Split or Lineage.Unrelated))
            return false;
        if (!row.LedAlone(winner.Role))
        {
            await mirror.ForceAsync(winner, cancellationToken).ConfigureAwait(false);
            row = await StateStore.ReadAsync(winner, kept.Physical, async: true, cancellationToken).ConfigureAwait(false);
        }

        await new Reception(mirror, kept, lost).RunAsync(row!, isDecided: true, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
