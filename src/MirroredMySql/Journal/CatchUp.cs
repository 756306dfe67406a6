using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Sessions;
using MirroredMySql.Synchronization;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Brings an absent node back: keeps whoever still writes there from committing, finds out what reached one node only, and has what it has
/// missed brought to it (<see cref="Admission"/>).
/// </summary>
internal sealed class CatchUp(Mirror mirror)
{
    /// <returns>Whether the node is in step again. False when another process is at it, or the formation has changed.</returns>
    /// <exception cref="MirroredDbException">Both nodes have led alone.</exception>
    /// <exception cref="DbException">A node does not answer any more.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var formation = mirror.Formation;
        if (formation.Follower is not null)
            return true;
        if (formation.Refusal is not null)
            return false;
        if (await ReturnLease.TryTakeAsync(mirror, formation.Lead, cancellationToken).ConfigureAwait(false) is not { } lease)
            return false;
        await using var ofLease = lease.ConfigureAwait(false);
        var lead = await OwnConnection.OpenAsync(mirror, formation.Lead, TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        await using var ofLead = lead.ConfigureAwait(false);
        var row = await StateStore.ReadAsync(formation.Lead, lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (row?.Token != formation.Token || !row.LedAlone(formation.Lead.Role))
            return false;
        await lead.ExecuteAsync(ChangeTrace.End(lead.Node, mirror.InDoubt.Keys), cancellationToken).ConfigureAwait(false);
        // It could not be admitted before the change is over, and writers would wait for that.
        if (await ChangeTrace.IsAnyAsync(lead, cancellationToken).ConfigureAwait(false))
            return false;
        try
        {
            return await BringBackAsync(new Formation(formation.Lead, null, row), lease, lead, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await WithdrawAsync(formation, row, lead).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> BringBackAsync(Formation formation, ReturnLease lease, OwnConnection lead, CancellationToken cancellationToken)
    {
        var row = formation.State;
        var target = mirror.Other(formation.Lead);
        var back = await OwnConnection.OpenAsync(mirror, target, "", cancellationToken).ConfigureAwait(false);
        await using var ofBack = back.ConfigureAwait(false);
        // Before the connection is told anything: what its server says of its sessions, the other node's are given.
        await mirror.LearnAgainAsync(target, lead.Physical, back.Physical, cancellationToken).ConfigureAwait(false);
        await back.ExecuteAsync(TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        await ReturnLease.ClaimAsync(back, cancellationToken).ConfigureAwait(false);
        await mirror.LoadSuspectsAsync(lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        var reception = new Reception(mirror, lead, back);
        var mark = await reception.RunAsync(row, isDecided: false, cancellationToken).ConfigureAwait(false);
        if (row.Mode == MirrorMode.Solo
            && !await mirror.ReplaceStateAsync(formation, row with { Mode = MirrorMode.CatchingUp }, lead, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await SettleAsync(lead, back, [row.Token, reception.RivalToken], cancellationToken).ConfigureAwait(false);
        if (row.Mode == MirrorMode.Resyncing)
            await new Resync(mirror, lead).EmptyAsync(cancellationToken).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.NodeReceived);

        var replay = new Replay(mirror, lead, target, mark.Token, reception.WasRival);
        await using var ofReplay = replay.ConfigureAwait(false);
        var barrier = await WriteBarrier.OpenAsync(mirror, formation, cancellationToken).ConfigureAwait(false);
        await using var ofBarrier = barrier.ConfigureAwait(false);
        await new Admission(mirror, formation, lease, lead, back, mark.Token, replay, barrier).RunAsync(cancellationToken).ConfigureAwait(false);
        Log.NodeAdmitted(mirror.Logger, target.Name, replay.Applied);
        return true;
    }

    // Nobody is at it any more; a process that dies leaves that to the next one which tries.
    private async Task WithdrawAsync(Formation formation, MirrorState row, OwnConnection lead)
    {
        if (row.Mode == MirrorMode.Resyncing)
            return;
        try
        {
            await lead.ExecuteAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            var now = await StateStore.ReadAsync(formation.Lead, lead.Physical, async: true, CancellationToken.None).ConfigureAwait(false);
            if (now is { Mode: MirrorMode.CatchingUp } && now.Token == row.Token)
                await mirror.ReplaceStateAsync(formation, row with { Mode = MirrorMode.Solo }, lead, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or MirroredDbException or InvalidOperationException or IOException)
        {
            Log.ConnectionDropped(mirror.Logger, e, formation.Lead.Name);
        }
    }

    /// <summary>
    /// Compares the proofs: a transaction that only one node has was broken off between its two COMMITs. What was written behind it may be
    /// derived from it, so that all tables of that epoch are suspect.
    /// </summary>
    /// <param name="lead">A connection to the lead.</param>
    /// <param name="back">A connection to the returned node.</param>
    /// <param name="alone">The epochs in which one of them led alone.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    private async Task SettleAsync(OwnConnection lead, OwnConnection back, IReadOnlyCollection<string> alone, CancellationToken cancellationToken)
    {
        var (ours, theirs) = (await Proofs.ReadAsync(lead, cancellationToken).ConfigureAwait(false), await Proofs.ReadAsync(back, cancellationToken).ConfigureAwait(false));
        var tables = Proofs.Differing(ours, theirs, alone);
        if (tables.Count == 0)
            return;
        mirror.Suspects.Add(tables, "A transaction was committed on one node only when the other was lost.");
        await mirror.SaveSuspectsAsync(lead, cancellationToken).ConfigureAwait(false);
    }
}
