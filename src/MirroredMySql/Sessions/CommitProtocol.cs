using System.Runtime.ExceptionServices;
using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>What a node made of a COMMIT.</summary>
internal enum CommitOutcome
{
    Committed,

    /// <summary>The server refused it; the half is rolled back.</summary>
    Refused,

    /// <summary>No answer arrived.</summary>
    Unknown,
}

/// <summary>What two outcomes mean together.</summary>
internal enum CommitVerdict
{
    /// <summary>Both nodes hold the transaction.</summary>
    Success,

    /// <summary>The lead holds it; whether the follower does is unknown or known to be false.</summary>
    SuccessOnLead,

    /// <summary>The follower holds it and the lead did not answer: the follower leads from now on.</summary>
    SuccessOnFollower,

    /// <summary>The lead refused: the caller gets its error, and whatever the follower holds differs.</summary>
    Failure,

    /// <summary>Nobody knows.</summary>
    InDoubt,
}

/// <summary>COMMIT on both nodes in parallel, and the table of what may come of it.</summary>
internal static class CommitProtocol
{
    public static CommitVerdict Judge(CommitOutcome lead, CommitOutcome follower) => (lead, follower) switch
    {
        (CommitOutcome.Committed, CommitOutcome.Committed) => CommitVerdict.Success,
        (CommitOutcome.Committed, _) => CommitVerdict.SuccessOnLead,
        (CommitOutcome.Unknown, CommitOutcome.Committed) => CommitVerdict.SuccessOnFollower,
        (CommitOutcome.Refused, _) => CommitVerdict.Failure,
        (CommitOutcome.Unknown, _) => CommitVerdict.InDoubt,
        _ => throw new ArgumentOutOfRangeException(nameof(lead), lead, null),
    };

    /// <param name="session">Whose transaction it is.</param>
    /// <param name="lead">The lead's half.</param>
    /// <param name="follower">The follower's half, or null when there is none.</param>
    /// <param name="tables">What the transaction has written; empty when that is not known.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public static async ValueTask CommitAsync(
        Session session, NodeConnection lead, NodeConnection? follower, IReadOnlyCollection<string> tables, bool async)
    {
        if (follower is null)
        {
            await CommitAloneAsync(session, lead, async).ConfigureAwait(false);
            return;
        }

        var (leadResult, followerResult) = await CommitBothAsync(lead, follower, async).ConfigureAwait(false);
        var verdict = Judge(leadResult.Outcome, followerResult.Outcome);
        if (verdict == CommitVerdict.Success)
            return;

        var cause = leadResult.Error ?? followerResult.Error!;
        session.Mirror.Suspects.Add(
            tables, $"COMMIT: {leadResult.Outcome} on the {lead.Node.Role.Name()}, {followerResult.Outcome} on the {follower.Node.Role.Name()}.", cause);
        await DropUnlessCommittedAsync(session, lead, leadResult.Outcome, async).ConfigureAwait(false);
        await DropUnlessCommittedAsync(session, follower, followerResult.Outcome, async).ConfigureAwait(false);
        switch (verdict)
        {
            case CommitVerdict.SuccessOnLead when !session.Mirror.Formation.Contains(lead.Node):
                // Another session has found the lead lost: what only the lead holds, nobody will read.
                throw TransactionErrors.InDoubtAlone(lead.Node, cause);
            case CommitVerdict.SuccessOnLead when followerResult.Outcome == CommitOutcome.Unknown:
                await session.Mirror.AnswersAsync(follower.Node, cause, "committing", async, missesWrite: true).ConfigureAwait(false);
                break;
            case CommitVerdict.SuccessOnFollower:
                // The write is surely on the follower only: whoever reads next has to read there.
                if (session.Mirror.Lose(lead.Node, cause, "committing", missesWrite: true).Lead != follower.Node)
                    throw TransactionErrors.InDoubtAlone(lead.Node, cause);
                break;
            case CommitVerdict.Failure:
                ExceptionDispatchInfo.Throw(cause);
                break;
            case CommitVerdict.InDoubt:
                await session.Mirror.AnswersAsync(lead.Node, cause, "committing", async, missesWrite: true).ConfigureAwait(false);
                throw TransactionErrors.InDoubt(lead.Node, leadResult.Error!, follower.Node, followerResult.Error!);
        }
    }

    private static async ValueTask CommitAloneAsync(Session session, NodeConnection lead, bool async)
    {
        var result = await CommitOneAsync(lead, async).ConfigureAwait(false);
        if (result.Error is not { } error)
        {
            // Another session has found the lead lost meanwhile: what only the lead holds, nobody will read.
            if (!session.Mirror.Formation.Contains(lead.Node))
                throw TransactionErrors.InDoubtAlone(lead.Node, TransactionErrors.LeadLost(lead.Node));
            return;
        }

        await DropUnlessCommittedAsync(session, lead, result.Outcome, async).ConfigureAwait(false);
        if (result.Outcome == CommitOutcome.Refused)
            ExceptionDispatchInfo.Throw(error);
        await session.Mirror.AnswersAsync(lead.Node, error, "committing", async).ConfigureAwait(false);
        throw TransactionErrors.InDoubtAlone(lead.Node, error);
    }

    private static async ValueTask<(Result Lead, Result Follower)> CommitBothAsync(NodeConnection lead, NodeConnection follower, bool async)
    {
        if (async)
        {
            var followerTask = CommitOneAsync(follower, async: true);
            var leadResult = await CommitOneAsync(lead, async: true).ConfigureAwait(false);
            return (leadResult, await followerTask.ConfigureAwait(false));
        }

        // A synchronous driver call cannot be overlapped on one thread. Wait() runs the task here if no pool thread has taken it yet,
        // so that a pool full of synchronous callers cannot starve itself.
        var other = Task.Run(() => CommitOneAsync(follower, async: false).AsTask());
        var own = await CommitOneAsync(lead, async: false).ConfigureAwait(false);
        other.Wait();
        return (own, other.Result);
    }

    private readonly record struct Result(CommitOutcome Outcome, Exception? Error);

    private static async ValueTask<Result> CommitOneAsync(NodeConnection connection, bool async)
    {
        try
        {
            await connection.ExecuteAsync("COMMIT", async, CancellationToken.None).ConfigureAwait(false);
            connection.EndTransaction();
            connection.HoldsWrite = false;
            return new Result(CommitOutcome.Committed, null);
        }
        catch (Exception e)
        {
            var refused = connection.Classify(e) is FailureKind.Statement or FailureKind.Deadlock && connection.IsOpen;
            return new Result(refused ? CommitOutcome.Refused : CommitOutcome.Unknown, e);
        }
    }

    private static async ValueTask DropUnlessCommittedAsync(Session session, NodeConnection connection, CommitOutcome outcome, bool async)
    {
        if (outcome == CommitOutcome.Committed)
            return;
        // A refused half may still be open and hold its locks.
        await session.ReleaseAsync(connection, mustRollBack: true, async).ConfigureAwait(false);
    }
}
