using System.Runtime.ExceptionServices;
using MirroredMySql.Diagnostics;
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
/// <param name="BeginSql">What they begin with there.</param>
/// <param name="IsFenced">Whether both nodes have compared the token behind the last statement.</param>
internal sealed record CommitUnit(IReadOnlyCollection<string> Tables, IReadOnlyList<RecordedWrite> Writes, string BeginSql, bool IsFenced);

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
        session.NoteElsewhere(unit.Tables);
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
        {
            session.Mirror.Commits.OnBoth();
            return;
        }

        leadResult = await SettleAsync(session, lead, leadResult, async).ConfigureAwait(false);
        followerResult = await SettleAsync(session, follower, followerResult, async).ConfigureAwait(false);
        var verdict = Judge(leadResult.Outcome, followerResult.Outcome);
        Count(session.Mirror.Commits, verdict);
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
        var writer = session.Writer;
        session.LeaveInDoubt();
        await session.Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        var differs = verdict is CommitVerdict.SuccessOnFollower or CommitVerdict.InDoubt ? lead : follower;
        // Whichever node differs from the one that counts must not come to lead before it is mended.
        var formation = await session.Mirror.LoseAsync(differs.Node, cause, "committing", async).ConfigureAwait(false);
        var fate = verdict == CommitVerdict.InDoubt
            ? CommitOutcome.Unknown
            : await FateAsync(session, writer, formation, node => node == lead.Node ? leadResult.Outcome : followerResult.Outcome, async).ConfigureAwait(false);
        if (fate == CommitOutcome.Committed)
            return;
        if (fate == CommitOutcome.Refused && leadResult.Outcome == CommitOutcome.Refused)
            Refused(lead, leadResult, unit);
        throw TransactionErrors.InDoubt(lead.Node, leadResult.Error ?? cause, follower.Node, followerResult.Error ?? cause);
    }

    /// <summary>
    /// What has become of a transaction that one node holds. Nobody may be told before it is sure which node all processes go by: another one
    /// could still go on with the other node, and did nothing wrong.
    /// </summary>
    private static async ValueTask<CommitOutcome> FateAsync(
        Session session, Writer writer, Formation formation, Func<Node, CommitOutcome> outcome, bool async)
    {
        var token = session.Formation.Token;
        if (formation.Token == token)
            return CommitOutcome.Unknown; // no node could be left out
        while (formation.Refusal is null)
        {
            if (await session.IsKnownToAllAsync(formation, async).ConfigureAwait(false))
            {
                // In a later epoch a node may have been given the rows of the other one since.
                return formation.Follower is null && formation.State.Previous == token
                    ? outcome(formation.Lead)
                    : await Settlement.AskLeadAsync(session.Mirror, writer, formation.Lead, async).ConfigureAwait(false);
            }

            var next = session.Mirror.Formation;
            if (next.Token == formation.Token)
                break;
            formation = next;
        }

        return CommitOutcome.Unknown;
    }

    private static async ValueTask CommitAloneAsync(Session session, NodeConnection lead, CommitUnit unit, bool async)
    {
        // Whoever was fenced has waited for it; should the session have come to another epoch since, nothing may be committed.
        if (!session.Formation.Announcement.IsKnown)
        {
            await session.ReleaseAsync(lead, mustRollBack: true, async).ConfigureAwait(false);
            throw NodeErrors.NotKnownToAll(lead.Node);
        }

        // The entry's own number would be what LAST_INSERT_ID() tells the caller.
        var packet = FormattableString.Invariant($"{session.Alone(lead.Node, unit)}SET last_insert_id={session.LastInsertId};COMMIT");
        ProtocolSteps.Reached(ProtocolSteps.Committing);
        var result = await SendAsync(lead, packet, async).ConfigureAwait(false);
        result = await SettleAsync(session, lead, result, async).ConfigureAwait(false);
        switch (result.Outcome)
        {
            case CommitOutcome.Committed:
                session.Mirror.Commits.OnOne();
                return;
            case CommitOutcome.Refused:
                session.Mirror.Commits.Failed();
                Refused(lead, result, unit);
                break;
            default:
                session.Mirror.Commits.InDoubt();
                session.LeaveInDoubt();
                await session.Mirror.AnswersAsync(lead.Node, result.Error!, "committing", async).ConfigureAwait(false);
                throw TransactionErrors.InDoubtOnLead(lead.Node, result.Error!);
        }
    }

    private static void Count(CommitTally commits, CommitVerdict verdict)
    {
        switch (verdict)
        {
            case CommitVerdict.Success:
                commits.OnBoth();
                break;
            case CommitVerdict.SuccessOnLead or CommitVerdict.SuccessOnFollower:
                commits.OnOne();
                break;
            case CommitVerdict.Failure:
                commits.Failed();
                break;
            default:
                commits.InDoubt();
                break;
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
            : result with { Outcome = await Settlement.AskAsync(session.Mirror, session.Writer, connection, async).ConfigureAwait(false) };
    }
}
