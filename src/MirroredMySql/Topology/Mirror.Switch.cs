using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;

namespace MirroredMySql.Topology;

/// <summary>A change of lead by hand: between nodes in step, or by force to one that has to go on without what it lacks.</summary>
internal sealed partial class Mirror
{
    /// <summary>
    /// Waits behind a barrier on both nodes until no write is about to commit, and lets the other node lead from then on.
    /// </summary>
    /// <param name="lead">The node that is to lead.</param>
    /// <param name="force">Whether it may lead although it is not in step.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <param name="reason">What the state row is to say.</param>
    /// <returns>Whether it took force.</returns>
    /// <exception cref="MirroredDbException">The node is not in step, or the barrier could not be had; nothing has changed.</exception>
    public async Task<bool> SwitchAsync(Node lead, bool force, CancellationToken cancellationToken, string reason = "the lead was switched by hand")
    {
        var formation = await ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
        if (formation.Refusal is null && formation.Lead == lead)
            return false;
        var (former, cause) = await TryReachAsync(formation.Lead, cancellationToken).ConfigureAwait(false);
        try
        {
            if (former is not null && formation.Follower == lead)
            {
                await SwitchInStepAsync(former, lead, reason, cancellationToken).ConfigureAwait(false);
                return false;
            }

            if (!force)
            {
                formation.RequireDecided();
                throw NodeErrors.NotInStep(lead, formation.Lead, former is null ? null : await BacklogAsync(former, cancellationToken).ConfigureAwait(false), cause);
            }
        }
        finally
        {
            if (former is not null)
                await former.DisposeAsync().ConfigureAwait(false);
        }

        await ForceAsync(lead, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Lets a node go on alone from where its own row stands, whatever the other one has.</summary>
    /// <exception cref="MirroredDbException">It has no row, or the witness does not agree; nothing has changed.</exception>
    public async Task ForceAsync(Node lead, CancellationToken cancellationToken)
    {
        var connection = await OwnConnection.OpenAsync(this, lead, "", cancellationToken).ConfigureAwait(false);
        await using var ofLead = connection.ConfigureAwait(false);
        if (lead.Facts is null)
            await LearnAsync(lead, connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
        await EnterAsync(async: true, cancellationToken).ConfigureAwait(false);
        try
        {
            var row = await WaitForRowAsync(connection, cancellationToken).ConfigureAwait(false) ?? throw NodeErrors.NoState(lead);
            var next = row;
            if (!row.LedAlone(lead.Role))
            {
                next = row.Next(MirrorMode.Solo, lead.Role, "it was forced to lead by hand");
                await Witness.RequireAsync(Witness, lead, connection.Physical, row, next, async: true).ConfigureAwait(false);
                await StateStore.WriteAsync(lead, connection.Physical, next, async: true, cancellationToken).ConfigureAwait(false);
            }

            await StateStore.EndAsync(connection.Physical, commit: true, async: true, CancellationToken.None).ConfigureAwait(false);
            Publish(new Formation(lead, null, next));
            Log.LeadForced(_logger, lead.Name, Other(lead).Name);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task SwitchInStepAsync(OwnConnection former, Node lead, string reason, CancellationToken cancellationToken)
    {
        await EnterAsync(async: true, cancellationToken).ConfigureAwait(false);
        try
        {
            var formation = _formation;
            if (formation.Lead != former.Node || formation.Follower != lead)
                throw NodeErrors.NotInStep(lead, formation.Lead, null);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await SwitchAsync(formation, former, lead, reason, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (Exception e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
                {
                    // A write that is about to commit takes its time.
                    await StateStore.EndAsync(former.Physical, commit: false, async: true, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    // The former lead is locked and written first; the other one's row follows it wherever this process ends.
    private async Task SwitchAsync(Formation formation, OwnConnection former, Node lead, string reason, CancellationToken cancellationToken)
    {
        var next = await OwnConnection.OpenAsync(this, lead, "", cancellationToken).ConfigureAwait(false);
        await using var ofNext = next.ConfigureAwait(false);
        var state = formation.State.Next(MirrorMode.Mirrored, lead.Role, reason);
        var asked = Lease.Now;
        foreach (var connection in new[] { former, next })
        {
            var row = await StateStore.LockAsync(connection.Node, connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
            if (row?.Token != formation.Token)
                throw NodeErrors.NotInStep(lead, formation.Lead, null);
            await StateStore.WriteAsync(connection.Node, connection.Physical, state, async: true, cancellationToken).ConfigureAwait(false);
            // This process's first sign of life in the new epoch: should a node be lost at once, somebody has a lease.
            await Instances.BeatAsync(connection.Node, connection.Physical, state.Token, async: true, cancellationToken).ConfigureAwait(false);
        }

        await StateStore.EndAsync(former.Physical, commit: true, async: true, CancellationToken.None).ConfigureAwait(false);
        Publish(new Formation(lead, formation.Lead, state));
        await StateStore.EndAsync(next.Physical, commit: true, async: true, CancellationToken.None).ConfigureAwait(false);
        Lease.Renew(state.Token, asked);
        Log.LeadSwitched(_logger, lead.Name);
    }

    private static async Task<MirrorState?> WaitForRowAsync(OwnConnection connection, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StateStore.LockAsync(connection.Node, connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
            {
                await StateStore.EndAsync(connection.Physical, commit: false, async: true, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchTable)
            {
                return null;
            }
        }
    }

    private async Task<(OwnConnection?, Exception?)> TryReachAsync(Node node, CancellationToken cancellationToken)
    {
        try
        {
            return (await OwnConnection.OpenAsync(this, node, "", cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e) when (DriverFailure.ClassifyConnect(e, cancellationToken) == FailureKind.NodeUnavailable)
        {
            node.LastError = e;
            return (null, e);
        }
    }

    private static async Task<long> BacklogAsync(OwnConnection lead, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {lead.Node.Tables.Journal} LIMIT 1";
        return Convert.ToInt64((await SqlLiteral.RowAsync(command, async: true, cancellationToken).ConfigureAwait(false))[0], CultureInfo.InvariantCulture);
    }
}
