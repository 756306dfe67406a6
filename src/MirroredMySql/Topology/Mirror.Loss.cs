using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>A node is lost: the other one goes on alone, in an epoch of its own, where no other process can have gone on with the lost one.</summary>
internal sealed partial class Mirror
{
    // How often writes that are about to commit are waited for when a node is lost, which has to be written down before the lease is over; seconds each.
    private const int LossAttempts = 15, LossPatience = 1;

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
            if (!MayLose(node))
            {
                Log.NoNodeLeft(_logger, cause, node.Name, activity);
                return formation;
            }

            await Sessions.EpochFence.YieldAsync(this, Other(node), async).ConfigureAwait(false);
            return await GoOnAloneAsync(formation, node, cause, activity, async).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Whether the other node would go on without it.</summary>
    public bool MayLose(Node node) => _formation is { Follower: not null } formation && (node != formation.Lead || Options.FailoverPolicy != FailoverPolicy.Manual);

    private async ValueTask<Formation> GoOnAloneAsync(Formation formation, Node lost, Exception cause, string activity, bool async)
    {
        var survivor = Other(lost);
        for (var attempt = 1; ; attempt++)
        {
            var asked = Lease.Now;
            try
            {
                // Whoever has gone to sleep over its fence would hold it for hours. Who only waits for the lost node has found out by now.
                if (attempt > 1)
                    await Clients.EndIdleAsync(survivor, (int)Math.Ceiling(Options.NodeTimeout.TotalSeconds) + 1, async).ConfigureAwait(false);
                var connection = await survivor.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
                await using var end = connection.Ending(async).ConfigureAwait(false);
                var row = await StateStore.LockAsync(survivor, connection, async, CancellationToken.None, LossPatience).ConfigureAwait(false);
                if (row is null || row.Token != formation.Token)
                {
                    await StateStore.EndAsync(connection, commit: false, async, CancellationToken.None).ConfigureAwait(false);
                    return (await ReloadCoreAsync(async, CancellationToken.None).ConfigureAwait(false)).Formation;
                }

                var next = row.Next(MirrorMode.Solo, survivor.Role, $"the {lost.Role.Name()} was lost while {activity}: {cause.Message}");
                if (!await GoOnAloneAsync(survivor, connection, row, next, async).ConfigureAwait(false))
                {
                    await StateStore.EndAsync(connection, commit: false, async, CancellationToken.None).ConfigureAwait(false);
                    throw NodeErrors.MayBeBehind(survivor, lost, Options.Lease);
                }

                await StateStore.EndAsync(connection, commit: true, async, CancellationToken.None).ConfigureAwait(false);
                Lease.Renew(next.Token, asked);
                Publish(new Formation(survivor, null, next));
                if (lost == formation.Follower)
                    Log.NodeLost(_logger, cause, lost.Name, activity, survivor.Name);
                else
                    Log.FailedOver(_logger, cause, survivor.Name, lost.Name, activity);
                return _formation;
            }
            catch (Exception e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < LossAttempts)
            {
                // Somebody is about to commit, or waits for the very node that is lost.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                survivor.LastError = e;
                Log.CannotGoOnAlone(_logger, e, survivor.Name, lost.Name);
                return _formation;
            }
        }
    }

    /// <summary>
    /// Writes the new row, but not when another process can have gone on with the other node and committed there: within the lease that
    /// is excluded, and so it is when this node has never heard of another process. The server itself looks at the time when the
    /// statement arrives, so that a process that falls asleep here is too late as well.
    /// </summary>
    private async ValueTask<bool> GoOnAloneAsync(Node survivor, DbConnection connection, MirrorState row, MirrorState next, bool async)
    {
        var (now, isOnlyOne) = await Instances.LookAsync(survivor, connection, async, CancellationToken.None).ConfigureAwait(false);
        var left = Lease.Left(row.Token);
        if (left <= TimeSpan.Zero && !isOnlyOne)
            return false;
        await Witness.RequireAsync(Witness, survivor, connection, row, next, async).ConfigureAwait(false);
        DateTime? deadline = isOnlyOne ? null : now + left;
        return await StateStore.WriteAsync(survivor, connection, next, async, CancellationToken.None, deadline).ConfigureAwait(false);
    }
}
