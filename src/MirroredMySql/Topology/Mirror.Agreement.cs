using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;

namespace MirroredMySql.Topology;

/// <summary>How the processes agree on a formation: by the state rows of both nodes, which they compare, and change one token at a time.</summary>
internal sealed partial class Mirror
{
    // How long one process may take to make the tables of a new pair; seconds.
    private const int CreationTimeout = 30;

    // How often a change waits for writes that are about to commit before it gives up.
    private const int Attempts = 3;

    private readonly SemaphoreSlim _changing = new(1, 1);

    /// <summary>Looks at both rows again, because a node has said that ours is an old epoch, or because it is time.</summary>
    /// <exception cref="MirroredDbException">Neither node can be reached.</exception>
    public async ValueTask<Formation> ReloadAsync(bool async, CancellationToken cancellationToken)
    {
        await EnterAsync(async, cancellationToken).ConfigureAwait(false);
        try
        {
            return (await ReloadCoreAsync(async, cancellationToken).ConfigureAwait(false)).Formation;
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
    /// <returns>False when another epoch has begun; nothing is changed then.</returns>
    public async Task<bool> ReplaceStateAsync(Formation formation, MirrorState state, OwnConnection lead, CancellationToken cancellationToken)
    {
        // Writers wait behind it for whoever holds the row.
        await lead.ExecuteAsync(FormattableString.Invariant($"SET innodb_lock_wait_timeout={StateStore.LockTimeout}"), cancellationToken).ConfigureAwait(false);
        await lead.ExecuteAsync($"{StateStore.Update(formation.Lead, state, formation.Lead.Facts!.Syntax)} AND token='{state.Token}'", cancellationToken).ConfigureAwait(false);
        var row = await StateStore.ReadAsync(formation.Lead, lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (row?.Token != state.Token)
            return false;
        await PublishAsync(new Formation(formation.Lead, null, row), () => default).ConfigureAwait(false);
        return row.Mode == state.Mode;
    }

    /// <summary>Looks again at a server that was away: it may be another one.</summary>
    public async Task LearnAgainAsync(Node node, DbConnection lead, DbConnection back, CancellationToken cancellationToken)
    {
        await LearnAsync(node, back, async: true, cancellationToken).ConfigureAwait(false);
        await RequireTwoDatabasesAsync(lead, back, async: true, cancellationToken).ConfigureAwait(false);
        CheckPair();
    }

    // A node that was away when this process started may be the one that leads.
    private async ValueTask MeetAsync(DbConnection? first, DbConnection? second, bool async, CancellationToken cancellationToken)
    {
        foreach (var (node, connection) in new[] { (Primary, first), (Standby, second) })
        {
            if (connection is not null && node.Facts is null)
                await LearnAsync(node, connection, async, cancellationToken).ConfigureAwait(false);
        }

        if (first is not null && second is not null)
            await RequireTwoDatabasesAsync(first, second, async, cancellationToken).ConfigureAwait(false);
        CheckPair();
    }

    private async ValueTask EnterAsync(bool async, CancellationToken cancellationToken = default)
    {
        if (async)
            await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            _changing.Wait(cancellationToken);
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
            if (formation.Contains(node) && !_formation.Contains(node))
                node.Watch.Reset();
        }

        var former = _formation;
        _formation = formation.After(former);
        if (formation.Token != former.Token)
        {
            former.Announcement.Abandon();
            Suspects.BeginEra();
        }

        if (former.Follower is null && formation.Follower is not null)
            Suspects.Settle();
        MirroredMySqlMetrics.ModeChanged(formation.State.Mode);
        Events.Publish(new MirrorEvent(
            MirrorEventKind.ModeChanged, time.GetUtcNow(), formation.State.Mode, formation.Lead.Role, formation.State.Epoch, formation.State.Reason));
        Heartbeat.Wake();
        // While a node is absent, it is tried again when it is time.
        if (former.Follower is not null)
            Monitor.Wake();
    }

    /// <summary>This process's signs of life on all nodes that take part, so that it has a lease.</summary>
    /// <exception cref="MirroredDbException">Another process uses another account.</exception>
    private async ValueTask IntroduceAsync(DbConnection? first, DbConnection? second, bool async, CancellationToken cancellationToken)
    {
        var formation = _formation;
        var asked = Lease.Now;
        var isConfirmed = formation.Refusal is null;
        foreach (var (node, connection) in new[] { (Primary, first), (Standby, second) })
        {
            if (!formation.Contains(node))
                continue;
            isConfirmed &= connection is not null
                && (await Instances.BeatAsync(node, connection, formation.Token, async, cancellationToken).ConfigureAwait(false))?.Token == formation.Token;
        }

        // Again, behind the own sign of life: of two that start at once, one at least is told.
        try
        {
            await RequireOneAccountAsync(first, second, async, cancellationToken).ConfigureAwait(false);
        }
        catch (MirroredDbException)
        {
            await TakeLeaveAsync(first, second, async).ConfigureAwait(false);
            throw;
        }

        if (isConfirmed)
            Lease.Renew(formation.Token, asked);
    }

    private async ValueTask RequireOneAccountAsync(DbConnection? first, DbConnection? second, bool async, CancellationToken cancellationToken)
    {
        foreach (var (node, connection) in new[] { (Primary, first), (Standby, second) })
        {
            if (connection is not null && await Instances.OtherAccountAsync(node, connection, async, cancellationToken).ConfigureAwait(false) is { } other)
                throw NodeErrors.OtherAccount(node, other);
        }
    }

    private async ValueTask TakeLeaveAsync(DbConnection? first, DbConnection? second, bool async)
    {
        foreach (var (node, connection) in new[] { (Primary, first), (Standby, second) })
        {
            if (_formation.Contains(node) && connection is not null)
                await StateStore.ExecuteAsync(connection, Instances.Leave(node), async, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <returns>The formation from now on, and whether all nodes that take part in it have been asked.</returns>
    private async ValueTask<(Formation Formation, bool IsOfAll)> ReloadCoreAsync(bool async, CancellationToken cancellationToken)
    {
        var (first, firstError) = await TryOpenAsync(Primary).ConfigureAwait(false);
        await using (first.Ending(async).ConfigureAwait(false))
        {
            var (second, secondError) = await TryOpenAsync(Standby).ConfigureAwait(false);
            await using (second.Ending(async).ConfigureAwait(false))
            {
                if (firstError is not null && secondError is not null)
                    throw NodeErrors.NeitherAnswers(Primary, firstError, Standby, secondError);
                if ((first is not null && Primary.Facts is null) || (second is not null && Standby.Facts is null))
                    await MeetAsync(first, second, async, cancellationToken).ConfigureAwait(false);
                var (formation, isOfAll) = await AgreeAsync(first, second, isStart: false, async, cancellationToken).ConfigureAwait(false);
                Publish(formation);
                return (_formation, isOfAll);
            }
        }

        async ValueTask<(DbConnection?, Exception?)> TryOpenAsync(Node node)
        {
            try
            {
                return (await node.OpenAsync(async, cancellationToken).ConfigureAwait(false), null);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                node.LastError = e;
                return (null, e);
            }
        }
    }

    /// <summary>What the rows of the nodes that can be reached come to.</summary>
    private async ValueTask<(Formation Formation, bool IsOfAll)> AgreeAsync(
        DbConnection? first, DbConnection? second, bool isStart, bool async, CancellationToken cancellationToken)
    {
        if (first is not null && second is not null)
            return (await AgreeWithBothAsync(first, second, async, cancellationToken).ConfigureAwait(false), true);
        var (node, connection) = first is null ? (Standby, second!) : (Primary, first);
        var row = await StateStore.ReadAsync(node, connection, async, cancellationToken).ConfigureAwait(false);
        var formation = await AgreeWithOneAsync(node, connection, row, isStart, async, cancellationToken).ConfigureAwait(false);
        return (formation, row is not null && row.LedAlone(node.Role) && formation.Token == row.Token);
    }

    private async ValueTask<Formation> AgreeWithBothAsync(DbConnection first, DbConnection second, bool async, CancellationToken cancellationToken)
    {
        var (primary, standby) = await ReadBothAsync(first, second, async, cancellationToken).ConfigureAwait(false);
        if (primary is null || standby is null)
            (primary, standby) = await CreateAsync(first, second, async, cancellationToken).ConfigureAwait(false);
        if (standby is null)
            return await WithoutAsync(Standby, first, primary!, "it has no state of the mirror's", async, cancellationToken).ConfigureAwait(false);
        if (primary is null)
            return await WithoutAsync(Primary, second, standby, "it has no state of the mirror's", async, cancellationToken).ConfigureAwait(false);
        var lineage = Lineages.Compare(primary, standby);
        switch (lineage)
        {
            case Lineage.PrimaryAlone:
                return new Formation(Primary, null, primary);
            case Lineage.StandbyAlone:
                return new Formation(Standby, null, standby);
            case Lineage.StandbyFollows:
                await FollowAsync(Standby, second, first, primary, async, cancellationToken).ConfigureAwait(false);
                return Both(primary);
            case Lineage.PrimaryFollows:
                await FollowAsync(Primary, first, second, standby, async, cancellationToken).ConfigureAwait(false);
                return Both(standby);
            case Lineage.Same:
                return Both(primary);
            default:
                return OnSplit(lineage, primary, standby);
        }
    }

    /// <summary>Two rows that have stood side by side: where epochs come and go, what is read one after the other need not have.</summary>
    private async ValueTask<(MirrorState? Primary, MirrorState? Standby)> ReadBothAsync(DbConnection first, DbConnection second, bool async, CancellationToken cancellationToken)
    {
        var primary = await StateStore.ReadAsync(Primary, first, async, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            ProtocolSteps.Reached(ProtocolSteps.RowRead);
            var standby = await StateStore.ReadAsync(Standby, second, async, cancellationToken).ConfigureAwait(false);
            var again = await StateStore.ReadAsync(Primary, first, async, cancellationToken).ConfigureAwait(false);
            if (again?.Token == primary?.Token)
                return (again, standby);
            primary = again;
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
        // Whoever knows of a split does not forget it because one node is away.
        if (row is not null && row.LedAlone(node.Role))
            return _formation.Refusal is null ? new Formation(node, null, row) : _formation;
        var other = Other(node);
        var lacksWrites = row is { Mode: not MirrorMode.Mirrored };
        // The one that it lacks them from is asked for, even where this process knew the node itself as the one that leads.
        if (!isStart && lacksWrites)
            return node == _formation.Lead || row!.Epoch > _formation.State.Epoch ? new Formation(other, null, row!, Announcement.Made) : _formation;
        if (!isStart && row is not null)
            return row.Epoch <= _formation.State.Epoch ? _formation : Both(row);
        if (lacksWrites)
            throw NodeErrors.LacksWrites(node, other, other.LastError!);
        if (Options.FailoverPolicy == FailoverPolicy.Manual && other.Role == (row?.Lead ?? NodeRole.Primary))
            throw NodeErrors.CannotReach(other, other.LastError!);
        if (!isStart || !Options.StartAlone)
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
        {
            await Witness.RequireAsync(Witness, remaining, connection, row, next, async).ConfigureAwait(false);
            await StateStore.WriteAsync(remaining, connection, next, async, cancellationToken).ConfigureAwait(false);
        }

        await StateStore.EndAsync(connection, commit: isOurs, async, cancellationToken).ConfigureAwait(false);
        return next.LedAlone(remaining.Role) ? new Formation(remaining, null, next) : Both(next);
    }

    // A change that was written on one node only, by a process that has not lived to write it on the other: nothing was committed under it.
    private async ValueTask FollowAsync(
        Node node, DbConnection connection, DbConnection other, MirrorState state, bool async, CancellationToken cancellationToken)
    {
        var row = await StateStore.LockAsync(node, connection, async, cancellationToken).ConfigureAwait(false);
        var isAncestor = row?.Token == state.Previous;
        if (isAncestor)
        {
            await StateStore.WriteAsync(node, connection, state, async, cancellationToken).ConfigureAwait(false);
            var introduction = await Instances.IntroductionAsync(Other(node), other, node, async, cancellationToken).ConfigureAwait(false);
            if (introduction.Length > 0)
                await StateStore.ExecuteAsync(connection, introduction, async, cancellationToken).ConfigureAwait(false);
        }

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
