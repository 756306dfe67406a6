using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>How the processes agree on a formation: by the state rows of both nodes, which they compare, and change one token at a time.</summary>
internal sealed partial class Mirror
{
    // How long one process may take to make the tables of a new pair; seconds.
    private const int CreationTimeout = 30;

    // How often a change waits for writes that are about to commit before it gives up.
    private const int Attempts = 3;

    private readonly SemaphoreSlim _changing = new(1, 1);

    /// <summary>
    /// Takes a node out of the formation because it cannot serve, on the other node and hence for all processes. Does nothing when it is
    /// out already, or when the other node cannot take over.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="cause">The error that spoke against it.</param>
    /// <param name="activity">What was going on, for the log.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <returns>The formation from now on.</returns>
    public async ValueTask<Formation> LoseAsync(Node node, Exception cause, string activity, bool async)
    {
        node.LastError = cause;
        await EnterAsync(async).ConfigureAwait(false);
        try
        {
            var formation = _formation;
            if (!formation.Contains(node))
                return formation;
            if (formation.Follower is null || (node == formation.Lead && !Options.FailoverEnabled))
            {
                Log.NoNodeLeft(_logger, cause, node.Name, activity);
                return formation;
            }

            return await GoOnAloneAsync(formation, node, cause, activity, async).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Looks at both rows again, because a node has said that ours is an old epoch, or because it is time.</summary>
    /// <exception cref="MirroredDbException">Neither node can be reached, or both have led alone.</exception>
    public async ValueTask<Formation> ReloadAsync(bool async, CancellationToken cancellationToken)
    {
        await EnterAsync(async).ConfigureAwait(false);
        try
        {
            return await ReloadCoreAsync(async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Makes a change visible in this process as soon as it is there: whoever meets it before has to wait for it.</summary>
    public async Task PublishAsync(Formation formation, Func<ValueTask> commit)
    {
        await EnterAsync(async: true).ConfigureAwait(false);
        try
        {
            await commit().ConfigureAwait(false);
            Publish(formation);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Changes what the lead's row says beside its token, which nobody has to be kept out for.</summary>
    public async Task ReplaceStateAsync(Formation formation, MirrorState state, OwnConnection lead, CancellationToken cancellationToken)
    {
        await lead.ExecuteAsync($"{StateStore.Update(formation.Lead, state, formation.Lead.Facts!.Syntax)} AND token='{state.Token}'", cancellationToken).ConfigureAwait(false);
        await PublishAsync(new Formation(formation.Lead, null, state), () => default).ConfigureAwait(false);
    }

    /// <summary>Looks again at a server that was away: it may be another one.</summary>
    public async Task LearnAgainAsync(Node node, DbConnection lead, DbConnection back, CancellationToken cancellationToken)
    {
        await LearnAsync(node, back, async: true, cancellationToken).ConfigureAwait(false);
        await RequireTwoDatabasesAsync(lead, back, async: true, cancellationToken).ConfigureAwait(false);
        CheckPair();
    }

    private async ValueTask EnterAsync(bool async)
    {
        if (async)
            await _changing.WaitAsync().ConfigureAwait(false);
        else
            _changing.Wait();
    }

    private void Publish(Formation formation)
    {
        if (formation.Token == _formation.Token && formation.State.Mode == _formation.State.Mode)
            return;
        LeadHasChanged |= formation.Lead != Primary;
        foreach (var node in new[] { Primary, Standby })
        {
            if (formation.Contains(node) != _formation.Contains(node))
                node.Since = time.GetUtcNow();
        }

        _formation = formation;
        Monitor.Wake();
    }

    private async ValueTask<Formation> GoOnAloneAsync(Formation formation, Node lost, Exception cause, string activity, bool async)
    {
        var survivor = Other(lost);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var connection = await survivor.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
                var row = await StateStore.LockAsync(survivor, connection, async, CancellationToken.None).ConfigureAwait(false);
                if (row is null || row.Token != formation.Token)
                {
                    await StateStore.EndAsync(connection, commit: false, async, CancellationToken.None).ConfigureAwait(false);
                    return await ReloadCoreAsync(async, CancellationToken.None).ConfigureAwait(false);
                }

                var next = row.Next(MirrorMode.Solo, survivor.Role, $"the {lost.Role.Name()} was lost while {activity}: {cause.Message}");
                await StateStore.WriteAsync(survivor, connection, next, async, CancellationToken.None).ConfigureAwait(false);
                await StateStore.EndAsync(connection, commit: true, async, CancellationToken.None).ConfigureAwait(false);
                Publish(new Formation(survivor, null, next));
                if (lost == formation.Follower)
                    Log.NodeLost(_logger, cause, lost.Name, activity, survivor.Name);
                else
                    Log.FailedOver(_logger, cause, survivor.Name, lost.Name, activity);
                return _formation;
            }
            catch (Exception e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
            {
                // Somebody is about to commit, or waits for the very node that is lost.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                survivor.LastError = e;
                Log.NoNodeLeft(_logger, e, survivor.Name, activity);
                return _formation;
            }
        }
    }

    private async ValueTask<Formation> ReloadCoreAsync(bool async, CancellationToken cancellationToken)
    {
        var (first, firstError) = await TryOpenAsync(Primary).ConfigureAwait(false);
        using (first)
        {
            var (second, secondError) = await TryOpenAsync(Standby).ConfigureAwait(false);
            using (second)
            {
                if (firstError is not null && secondError is not null)
                    throw NodeErrors.NeitherAnswers(Primary, firstError, Standby, secondError);
                Publish(await AgreeAsync(first, second, isStart: false, async, cancellationToken).ConfigureAwait(false));
                return _formation;
            }
        }

        async ValueTask<(DbConnection?, Exception?)> TryOpenAsync(Node node)
        {
            try
            {
                var opening = node.OpenAsync(async, cancellationToken);
                return (async ? await opening.WaitForAsync(Options.NodeTimeout, cancellationToken).ConfigureAwait(false) : await opening.ConfigureAwait(false), null);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                node.LastError = e;
                return (null, e);
            }
        }
    }

    /// <summary>What the rows of the nodes that can be reached come to.</summary>
    private async ValueTask<Formation> AgreeAsync(
        DbConnection? first, DbConnection? second, bool isStart, bool async, CancellationToken cancellationToken)
    {
        if (first is null || second is null)
        {
            var (node, connection) = first is null ? (Standby, second!) : (Primary, first);
            var row = await StateStore.ReadAsync(node, connection, async, cancellationToken).ConfigureAwait(false);
            return await AgreeWithOneAsync(node, connection, row, isStart, async, cancellationToken).ConfigureAwait(false);
        }

        var primary = await StateStore.ReadAsync(Primary, first, async, cancellationToken).ConfigureAwait(false);
        var standby = await StateStore.ReadAsync(Standby, second, async, cancellationToken).ConfigureAwait(false);
        if (primary is null || standby is null)
            (primary, standby) = await CreateAsync(first, second, async, cancellationToken).ConfigureAwait(false);
        if (standby is null)
            return await WithoutAsync(Standby, first, primary!, "it has no state of the mirror's", async, cancellationToken).ConfigureAwait(false);
        if (primary is null)
            return await WithoutAsync(Primary, second, standby, "it has no state of the mirror's", async, cancellationToken).ConfigureAwait(false);
        switch (Lineages.Compare(primary, standby))
        {
            case Lineage.PrimaryAlone:
                return new Formation(Primary, null, primary);
            case Lineage.StandbyAlone:
                return new Formation(Standby, null, standby);
            case Lineage.StandbyFollows:
                await FollowAsync(Standby, second, primary, async, cancellationToken).ConfigureAwait(false);
                return Both(primary);
            case Lineage.PrimaryFollows:
                await FollowAsync(Primary, first, standby, async, cancellationToken).ConfigureAwait(false);
                return Both(standby);
            case Lineage.Same:
                return Both(primary);
            default:
                throw NodeErrors.Split(Primary, Standby);
        }
    }

    private Formation Both(MirrorState state)
    {
        var lead = state.Lead == NodeRole.Primary ? Primary : Standby;
        return new Formation(lead, Other(lead), state);
    }

    private async ValueTask<Formation> AgreeWithOneAsync(
        Node node, DbConnection connection, MirrorState? row, bool isStart, bool async, CancellationToken cancellationToken)
    {
        if (row is not null && row.LedAlone(node.Role))
            return new Formation(node, null, row);
        var other = Other(node);
        if (!isStart && row is not null)
            return row.Epoch <= _formation.State.Epoch ? _formation : Both(row);
        if (!isStart || !Options.StartAlone || (other == Primary && !Options.FailoverEnabled))
            throw NodeErrors.NeedsBoth(other, node, other.LastError!);
        row ??= await StateStore.CreateAsync(node, connection, MirrorState.Unborn, async, cancellationToken).ConfigureAwait(false);
        return await WithoutAsync(other, connection, row, "it could not be reached when a process started", async, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A node is found unfit to take part: the other one goes on alone, in an epoch of its own.</summary>
    private async ValueTask<Formation> WithoutAsync(
        Node absent, DbConnection connection, MirrorState row, string reason, bool async, CancellationToken cancellationToken)
    {
        var remaining = Other(absent);
        if (row.LedAlone(remaining.Role))
            return new Formation(remaining, null, row);
        var locked = await StateStore.LockAsync(remaining, connection, async, cancellationToken).ConfigureAwait(false);
        var isOurs = locked?.Token == row.Token;
        var next = isOurs ? row.Next(MirrorMode.Solo, remaining.Role, $"the {absent.Role.Name()} is left out: {reason}") : locked!;
        if (isOurs)
            await StateStore.WriteAsync(remaining, connection, next, async, cancellationToken).ConfigureAwait(false);
        await StateStore.EndAsync(connection, commit: isOurs, async, cancellationToken).ConfigureAwait(false);
        return next.LedAlone(remaining.Role) ? new Formation(remaining, null, next) : Both(next);
    }

    // A change that was written on one node only, by a process that has not lived to write it on the other: nothing was committed under it.
    private static async ValueTask FollowAsync(Node node, DbConnection connection, MirrorState state, bool async, CancellationToken cancellationToken)
    {
        var row = await StateStore.LockAsync(node, connection, async, cancellationToken).ConfigureAwait(false);
        var isAncestor = row?.Token == state.Previous;
        if (isAncestor)
            await StateStore.WriteAsync(node, connection, state, async, cancellationToken).ConfigureAwait(false);
        await StateStore.EndAsync(connection, commit: isAncestor, async, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the tables of a new pair; a node that lacks them while the other has them is not new.</summary>
    private async ValueTask<(MirrorState?, MirrorState?)> CreateAsync(DbConnection first, DbConnection second, bool async, CancellationToken cancellationToken)
    {
        var name = FormattableString.Invariant($"SHA2('mirrored_mysql.create.{Primary.ConnectionString.Database}',224)");
        await StateStore.ExecuteAsync(first, $"DO GET_LOCK({name},{CreationTimeout})", async, cancellationToken).ConfigureAwait(false);
        try
        {
            var primary = await StateStore.ReadAsync(Primary, first, async, cancellationToken).ConfigureAwait(false);
            var standby = await StateStore.ReadAsync(Standby, second, async, cancellationToken).ConfigureAwait(false);
            // The standby's row comes first, and is followed by the primary's: whoever finds it alone goes on from there.
            if (primary is null && standby is null)
                standby = await StateStore.CreateAsync(Standby, second, MirrorState.Unborn, async, cancellationToken).ConfigureAwait(false);
            if (primary is null && standby is { Epoch: 0 })
                primary = await StateStore.CreateAsync(Primary, first, standby.Next(MirrorMode.Mirrored, NodeRole.Primary, "both nodes are new"), async, cancellationToken).ConfigureAwait(false);
            return (primary, standby);
        }
        finally
        {
            await StateStore.ExecuteAsync(first, $"DO RELEASE_LOCK({name})", async, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
