using System.Runtime.ExceptionServices;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>What a node made of a COMMIT.</summary>
internal enum CommitOutcome
{
    Committed,

    /// <summary>The server refused it, or it never arrived; the half is rolled back.</summary>
    Refused,

    /// <summary>No answer arrived, and the node cannot be asked.</summary>
    Unknown,
}

/// <summary>What two outcomes mean together.</summary>
internal enum CommitVerdict
{
    /// <summary>Both nodes hold the transaction.</summary>
    Success,

    /// <summary>The lead holds it; whether the follower does is unknown or known to be false.</summary>
    SuccessOnLead,

    /// <summary>The follower holds it and the lead does not answer: the follower leads from now on.</summary>
    SuccessOnFollower,

    /// <summary>The lead does not hold it: the caller gets its error, and whatever the follower holds differs.</summary>
    Failure,

    /// <summary>Nobody knows.</summary>
    InDoubt,
}

/// <summary>What is to be committed.</summary>
/// <param name="Tables">What was written; empty when that is not known.</param>
/// <param name="Writes">The statements, for a node that has to run them later.</param>
/// <param name="IsFenced">Whether both nodes have compared the token behind the last statement.</param>
internal sealed record CommitUnit(IReadOnlyCollection<string> Tables, IReadOnlyList<RecordedWrite> Writes, bool IsFenced);

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
    /// <param name="unit">What the transaction has written.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public static async ValueTask CommitAsync(
        Session session, NodeConnection lead, NodeConnection? follower, CommitUnit unit, bool async)
    {
        await session.Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        session.Writer.Advance();
        if (!unit.IsFenced)
            follower = await Fencing.FenceAsync(session, lead, follower, unit, async).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.Fenced);
        if (follower is null)
            await CommitAloneAsync(session, lead, unit, async).ConfigureAwait(false);
        else
            await CommitBothAsync(session, lead, follower, unit, async).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.Committed);
    }

    private static async ValueTask CommitBothAsync(Session session, NodeConnection lead, NodeConnection follower, CommitUnit unit, bool async)
    {
        var (leadPacket, followerPacket) = (Packet(session, lead, unit), Packet(session, follower, unit));
        ProtocolSteps.Reached(ProtocolSteps.Committing);
        var (leadResult, followerResult) = await SendBothAsync(lead, leadPacket, follower, followerPacket, async).ConfigureAwait(false);
        if (Judge(leadResult.Outcome, followerResult.Outcome) == CommitVerdict.Success)
            return;

        leadResult = await SettleAsync(session, lead, leadResult, async).ConfigureAwait(false);
        followerResult = await SettleAsync(session, follower, followerResult, async).ConfigureAwait(false);
        var verdict = Judge(leadResult.Outcome, followerResult.Outcome);
        if (verdict == CommitVerdict.Success)
            return;
        var cause = leadResult.Error ?? followerResult.Error!;
        if ((leadResult.Outcome, followerResult.Outcome) == (CommitOutcome.Refused, CommitOutcome.Refused))
        {
            await session.Mirror.ReloadAsync(async, CancellationToken.None).ConfigureAwait(false);
            Refused(lead, leadResult, unit);
        }

        session.Mirror.Suspects.Add(
            unit.Tables, $"COMMIT: {leadResult.Outcome} on the {lead.Node.Role.Name()}, {followerResult.Outcome} on the {follower.Node.Role.Name()}.", cause);
        // The proof has to stay as it is until somebody compares both nodes; the next transaction leaves one of its own.
        session.LeaveInDoubt();
        await session.Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        switch (verdict)
        {
            case CommitVerdict.SuccessOnLead when followerResult.Outcome == CommitOutcome.Unknown:
                // What the lead holds counts only where the lead goes on leading.
                if ((await session.Mirror.LoseAsync(follower.Node, cause, "committing", async).ConfigureAwait(false)).Lead != lead.Node)
                    throw TransactionErrors.InDoubtAlone(lead.Node, cause);
                break;
            case CommitVerdict.SuccessOnLead:
                break;
            case CommitVerdict.SuccessOnFollower:
                if ((await session.Mirror.LoseAsync(lead.Node, cause, "committing", async).ConfigureAwait(false)).Lead != follower.Node)
                    throw TransactionErrors.InDoubtAlone(lead.Node, cause);
                break;
            case CommitVerdict.Failure:
                Refused(lead, leadResult, unit);
                break;
            default:
                await session.Mirror.LoseAsync(lead.Node, cause, "committing", async).ConfigureAwait(false);
                throw TransactionErrors.InDoubt(lead.Node, leadResult.Error!, follower.Node, followerResult.Error!);
        }
    }

    private static async ValueTask CommitAloneAsync(Session session, NodeConnection lead, CommitUnit unit, bool async)
    {
        // The entry's own number would be what LAST_INSERT_ID() tells the caller.
        var packet = FormattableString.Invariant($"{session.JournalStatement(lead.Node, unit)}SET last_insert_id={session.LastInsertId};COMMIT");
        ProtocolSteps.Reached(ProtocolSteps.Committing);
        var result = await SendAsync(lead, packet, async).ConfigureAwait(false);
        result = await SettleAsync(session, lead, result, async).ConfigureAwait(false);
        switch (result.Outcome)
        {
            case CommitOutcome.Committed:
                return;
            case CommitOutcome.Refused:
                Refused(lead, result, unit);
                break;
            default:
                session.LeaveInDoubt();
                await session.Mirror.AnswersAsync(lead.Node, result.Error!, "committing", async).ConfigureAwait(false);
                throw TransactionErrors.InDoubtAlone(lead.Node, result.Error!);
        }
    }

    // With the fence went the proof, unless the fence rode with the statement.
    private static string Packet(Session session, NodeConnection connection, CommitUnit unit) =>
        (unit.IsFenced ? session.Proof(connection.Node, unit.Tables) : "") + "COMMIT";

    private static void Refused(NodeConnection lead, Result result, CommitUnit unit)
    {
        // The connection broke before the COMMIT arrived: nothing was committed anywhere.
        if (lead.Classify(result.Error!) is FailureKind.ConnectionLost or FailureKind.Interrupted or FailureKind.NodeUnavailable)
        {
            var lost = TransactionErrors.ConnectionLost(lead.Node, result.Error);
            throw unit.IsFenced ? new WriteAgainException(lost) : lost;
        }

        ExceptionDispatchInfo.Throw(result.Error!);
    }

    private static async ValueTask<(Result Lead, Result Follower)> SendBothAsync(
        NodeConnection lead, string leadPacket, NodeConnection follower, string followerPacket, bool async)
    {
        if (async)
        {
            var followerTask = SendAsync(follower, followerPacket, async: true);
            var leadResult = await SendAsync(lead, leadPacket, async: true).ConfigureAwait(false);
            return (leadResult, await followerTask.ConfigureAwait(false));
        }

        // A synchronous driver call cannot be overlapped on one thread. Wait() runs the task here if no pool thread has taken it yet,
        // so that a pool full of synchronous callers cannot starve itself.
        var other = Task.Run(() => SendAsync(follower, followerPacket, async: false).AsTask());
        var own = await SendAsync(lead, leadPacket, async: false).ConfigureAwait(false);
        other.Wait();
        return (own, other.Result);
    }

    private readonly record struct Result(CommitOutcome Outcome, Exception? Error);

    private static async ValueTask<Result> SendAsync(NodeConnection connection, string packet, bool async)
    {
        try
        {
            await connection.ExecuteAsync(packet, async, CancellationToken.None).ConfigureAwait(false);
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

    /// <summary>Gives up a half that is not committed, and finds out what became of one whose answer was lost.</summary>
    private static async ValueTask<Result> SettleAsync(Session session, NodeConnection connection, Result result, bool async)
    {
        if (result.Outcome == CommitOutcome.Committed)
            return result;
        // A refused half may still be open and hold its locks.
        await session.ReleaseAsync(connection, mustRollBack: true, async).ConfigureAwait(false);
        return result.Outcome == CommitOutcome.Refused
            ? result
            : result with { Outcome = await Settlement.AskAsync(session, connection, async).ConfigureAwait(false) };
    }
}
