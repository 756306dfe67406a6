using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Settles what processes have left that ended, or gave no sign of life for longer than their lease, and what this one could not find out at the time:
/// who dies between two COMMITs, or loses both nodes over them, leaves a transaction on one node only. Behind a barrier on both nodes their
/// proofs are compared; where they differ, the follower is taken out, and comes back by the same way as a node that was lost, with the
/// differing tables copied.
/// </summary>
/// <remarks>
/// A process that only slept can be settled too. What it had fenced then kept the barrier away, or was ended with its connection; what it had
/// not fenced meets its fence. Its proofs stay where they are, so that a COMMIT whose answer it missed is still told by them.
/// </remarks>
internal sealed class DeadProcesses(Mirror mirror)
{
    // How often writes that are about to commit are waited for.
    private const int Attempts = 3;

    /// <exception cref="DbException">A node does not answer, or the barrier was not to be had; it is tried again.</exception>
    public async Task SettleAsync(Formation formation, CancellationToken cancellationToken)
    {
        if (!mirror.Lease.Holds(formation.Token))
            return;
        var lead = await OwnConnection.OpenAsync(mirror, formation.Lead, "", cancellationToken).ConfigureAwait(false);
        await using var ofLead = lead.ConfigureAwait(false);
        var follower = await OwnConnection.OpenAsync(mirror, formation.Follower!, "", cancellationToken).ConfigureAwait(false);
        await using var ofFollower = follower.ConfigureAwait(false);
        IReadOnlyList<string> silent =
        [
            .. await Instances.SilentAsync(lead, cancellationToken).ConfigureAwait(false),
            .. await Instances.SilentAsync(follower, cancellationToken).ConfigureAwait(false),
        ];
        var inDoubt = mirror.InDoubt.Keys;
        if (silent.Count == 0 && inDoubt.Count == 0)
            return;
        foreach (var connection in new[] { lead, follower })
            await connection.ExecuteAsync(ChangeTrace.End(connection.Node, inDoubt), cancellationToken).ConfigureAwait(false);
        // The barrier would wait for it, and writers for the barrier.
        if (await ChangeTrace.IsAnyAsync(lead, cancellationToken).ConfigureAwait(false))
            return;
        // Another process that does the same waits here, and finds nothing left to do.
        var row = await LockAsync(lead, cancellationToken).ConfigureAwait(false);
        if (row?.Token != formation.Token || (await LockAsync(follower, cancellationToken).ConfigureAwait(false))?.Token != formation.Token)
            return;

        var ours = await Proofs.ReadAsync(lead, cancellationToken, silent, [.. inDoubt]).ConfigureAwait(false);
        var theirs = await Proofs.ReadAsync(follower, cancellationToken, silent, [.. inDoubt]).ConfigureAwait(false);
        if (Proofs.Differing(ours, theirs) is { Count: > 0 } tables)
        {
            // A machine that is gone in the midst of a schema change has left its tables locked; one that sleeps would go on with it.
            if (ours.Values.Any(p => ChangeTrace.IsTrace(p.Number)))
                await EndIdleAsync(lead.Node, follower.Node).ConfigureAwait(false);
            await TakeOutAsync(formation, row, tables, silent, lead, cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var connection in new[] { lead, follower })
        {
            await connection.ExecuteAsync(Instances.Settle(connection.Node, silent), cancellationToken).ConfigureAwait(false);
            await StateStore.EndAsync(connection.Physical, commit: true, async: true, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(Instances.Forget(connection.Node), cancellationToken).ConfigureAwait(false);
        }

        foreach (var writer in inDoubt)
            mirror.InDoubt.TryRemove(writer, out _);
    }

    // They have sent nothing since the latest sign of life, or sent it shortly after.
    private async Task EndIdleAsync(params Node[] nodes)
    {
        foreach (var node in nodes)
            await Clients.EndIdleAsync(node, (int)(mirror.Lease.Length * 0.8).TotalSeconds, async: true).ConfigureAwait(false);
    }

    // The suspicion, the new epoch and the end of the dead, who need not know of it, are one transaction.
    private async Task TakeOutAsync(
        Formation formation, MirrorState row, IReadOnlyList<string> tables, IReadOnlyList<string> silent, OwnConnection lead, CancellationToken cancellationToken)
    {
        mirror.Suspects.Add(tables, "A transaction was committed, or a schema changed, on one node only.");
        await lead.ExecuteAsync(Instances.Settle(lead.Node, silent), cancellationToken).ConfigureAwait(false);
        var suspects = mirror.Suspects.Snapshot().Where(s => tables.Contains(s.Table, StringComparer.OrdinalIgnoreCase)).ToList();
        await lead.ExecuteAsync(Mirror.InsertSuspects(lead.Node, suspects), cancellationToken).ConfigureAwait(false);
        var next = row.Next(MirrorMode.Solo, formation.Lead.Role, "a transaction was committed, or a schema changed, on one node only");
        await Witness.RequireAsync(mirror.Witness, formation.Lead, lead.Physical, row, next, async: true).ConfigureAwait(false);
        await StateStore.WriteAsync(formation.Lead, lead.Physical, next, async: true, cancellationToken).ConfigureAwait(false);
        await mirror.PublishAsync(
            new Formation(formation.Lead, null, next), () => StateStore.EndAsync(lead.Physical, commit: true, async: true, cancellationToken)).ConfigureAwait(false);
        mirror.Suspects.Saved(suspects);
        Log.HalfCommitFound(mirror.Logger, string.Join(", ", tables), formation.Follower!.Name);
    }

    private static async Task<MirrorState?> LockAsync(OwnConnection connection, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StateStore.LockAsync(connection.Node, connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
            {
                await connection.ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
                await Clients.EndIdleAsync(connection.Node, StateStore.LockTimeout, async: true).ConfigureAwait(false);
            }
        }
    }
}
