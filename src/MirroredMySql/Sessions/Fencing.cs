using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// Has both nodes compare the token behind the last statement of a transaction, the follower first: while the lead is not fenced, the loss
/// of the follower can still change the epoch.
/// </summary>
internal static class Fencing
{
    // Each turn follows a change of epoch that somebody has made meanwhile.
    private const int Turns = 5;

    private enum Attempt
    {
        Fenced,

        /// <summary>Another epoch has begun, or the follower is lost.</summary>
        MovedOn,

        /// <summary>Somebody holds the row, and nothing else is wrong.</summary>
        HeldUp,
    }

    /// <returns>The follower's half, or null when the lead goes on alone.</returns>
    /// <exception cref="MirroredDbException">The transaction can only be run again; both halves are rolled back.</exception>
    public static async ValueTask<NodeConnection?> FenceAsync(
        Session session, NodeConnection lead, NodeConnection? follower, CommitUnit unit, bool async)
    {
        // A COMMIT has no timeout of its own, so that the connection's counts.
        var patience = session.Retry.Wait(DriverCommand.DefaultTimeout(lead.Physical));
        try
        {
            for (var turn = 1; turn <= Turns;)
            {
                follower = await PairAsync(session, lead, follower, unit, async).ConfigureAwait(false);
                switch (await TryAsync(session, lead, follower, unit, patience, async).ConfigureAwait(false))
                {
                    case Attempt.Fenced:
                        return follower;
                    case Attempt.MovedOn:
                        turn++;
                        break;
                    default:
                        if (follower is { InTransaction: false, HoldsWrite: false })
                            follower = null; // it runs everything again
                        await session.Retry.PauseAsync(async, CancellationToken.None).ConfigureAwait(false);
                        break;
                }
            }

            throw TransactionErrors.EpochChanged(lead.Node, null);
        }
        catch
        {
            await session.ReleaseAsync(lead, mustRollBack: true, async).ConfigureAwait(false);
            if (follower is not null)
                await session.ReleaseAsync(follower, mustRollBack: true, async).ConfigureAwait(false);
            throw;
        }
    }

    // The halves that the present formation asks for. A follower that has come back meanwhile runs what it lacks: the lead's locks are held.
    private static async ValueTask<NodeConnection?> PairAsync(
        Session session, NodeConnection lead, NodeConnection? follower, CommitUnit unit, bool async)
    {
        session.AdoptFormation();
        session.Formation.RequireDecided();
        if (session.Formation.Lead != lead.Node || session.Transaction?.Poison is not null)
            throw TransactionErrors.LeadLost(lead.Node);
        if (follower is not null && (session.Formation.Follower != follower.Node || follower.IsRetired || !follower.IsOpen))
        {
            await session.ReleaseAsync(follower, mustRollBack: true, async).ConfigureAwait(false);
            follower = null;
        }

        if (follower is not null || session.Formation.Follower is not { } absent)
            return follower;
        follower = await session.JoinLateAsync(unit, async).ConfigureAwait(false);
        if (follower is not null)
            return follower;
        session.AdoptFormation();
        return session.Formation.Follower is null && session.Formation.Lead == lead.Node ? null : throw TransactionErrors.ConnectionLost(absent);
    }

    private static async ValueTask<Attempt> TryAsync(
        Session session, NodeConnection lead, NodeConnection? follower, CommitUnit unit, Patience patience, bool async)
    {
        var token = session.Formation.Token;
        // Before the fence, whose lock whoever writes down that all know would wait for.
        if (follower is null && !await session.IsKnownToAllAsync(async).ConfigureAwait(false))
            return Attempt.MovedOn;
        foreach (var half in new[] { follower, lead })
        {
            if (half is null)
                continue;
            var proof = follower is null ? "" : session.Proof(half.Node, unit.Tables);
            // Whoever changes the epoch takes the lead's row and then the follower's: nobody may keep the one and wait for the other.
            var mayWait = follower is null || half == follower;
            try
            {
                await half.ExecuteAsync($"SET {Fence.Assignment(half.Node, token, mayWait)};{proof}", async, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (DriverFailure.Number(e) is not (DriverFailure.LockTimeout or DriverFailure.NoWait))
                {
                    if (!await CanTryAgainAsync(session, half, isLead: half == lead, e, async).ConfigureAwait(false))
                        throw;
                    return Attempt.MovedOn;
                }

                if (!mayWait)
                    await session.RollBackHalfAsync(follower!, async).ConfigureAwait(false);
                // The wait alone was broken off, unless the server rolls back on it.
                if (half.RolledBack(e) || patience.IsOver)
                    throw TransactionErrors.HeldUp(half.Node, e);
                return Attempt.HeldUp;
            }
        }

        return Attempt.Fenced;
    }

    private static async ValueTask<bool> CanTryAgainAsync(Session session, NodeConnection half, bool isLead, Exception error, bool async)
    {
        switch (half.Classify(error))
        {
            case FailureKind.Stale:
                await session.Mirror.ReloadAsync(async, CancellationToken.None).ConfigureAwait(false);
                // Until it ends it holds the row that it has compared, and whoever is to announce the new epoch would wait for it.
                if (isLead && !session.Mirror.Formation.Announcement.IsKnown)
                    throw TransactionErrors.EpochChanged(half.Node, error);
                return true;
            case FailureKind.ConnectionLost or FailureKind.Interrupted or FailureKind.NodeUnavailable when !isLead:
                await session.ReleaseAsync(half, mustRollBack: true, async).ConfigureAwait(false);
                await session.Mirror.AnswersAsync(half.Node, error, "committing", async).ConfigureAwait(false);
                return true;
            case FailureKind.ConnectionLost or FailureKind.Interrupted or FailureKind.NodeUnavailable:
                throw TransactionErrors.ConnectionLost(half.Node, error);
            default:
                return false;
        }
    }
}
