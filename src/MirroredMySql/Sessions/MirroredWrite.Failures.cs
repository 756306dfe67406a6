using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>What becomes of a write when a node fails it: the rows of the failure table in docs/failures.md that come before COMMIT.</summary>
internal sealed partial class MirroredWrite
{
    private const StatementTraits OutlivesRollback = StatementTraits.AssignsUserVariables | StatementTraits.Sequence | StatementTraits.UserLock;

    /// <summary>What may be run again: statements whose whole effect ends with their transaction.</summary>
    private bool IsRepeatable => IsOwnTransaction && EndsWithRollback;

    private bool EndsWithRollback =>
        !_isStreamed && _treatment is not { OutlivesRollback: true } && (_statement.Traits & OutlivesRollback) == 0
        && _statement.Verb is StatementVerb.Insert or StatementVerb.Replace or StatementVerb.Update or StatementVerb.Delete;

    /// <summary>The lead did not run the statement, or nobody knows. Leaves both nodes clean and says what to throw.</summary>
    private async ValueTask<Exception> FailedOnLeadAsync(Exception exception, bool async)
    {
        var kind = _lead.Classify(exception);
        if (!IsReversible)
            return await FailedForGoodAsync(kind, exception, async).ConfigureAwait(false);
        // What was refused before it ran has set no savepoint: an earlier call's would take back what came between.
        if (IsCall && _isUnderWay)
            await UndoCallAsync(exception, async).ConfigureAwait(false);
        await LeaveLeadAsync(kind, exception, async).ConfigureAwait(false);
        if (_isUnderWay && _treatment.OutlivesRollback)
        {
            Suspect($"{VerbText} failed on the lead, and no rollback takes back what it had done there.", exception);
            await _session.Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        }

        exception = await InItsOwnWordsAsync(exception, async).ConfigureAwait(false);
        if (_transaction is { } transaction)
            return await FailedInTransactionAsync(transaction, kind, exception, async).ConfigureAwait(false);
        // Its COMMIT was never sent, so the lead rolls the write back: whoever leads now may run it.
        if (kind == FailureKind.Stale)
            exception = TransactionErrors.EpochChanged(_lead.Node, exception);
        if (IsRepeatable && (HasMovedOn(kind) || await IsHeldUpAsync(exception, async).ConfigureAwait(false)))
            return new WriteAgainException(exception, isHeldUp: true);
        return IsRepeatable && kind is FailureKind.ConnectionLost or FailureKind.NodeUnavailable or FailureKind.Stale
            ? new WriteAgainException(exception)
            : exception;
    }

    /// <summary>The write was fenced by an epoch that is over, and the next one is known here by now.</summary>
    private bool HasMovedOn(FailureKind kind) => kind == FailureKind.Stale && _session.Mirror.Formation.Token != _session.Formation.Token;

    /// <summary>A lock was waited for in vain that the writers behind a barrier hold, or the barrier itself.</summary>
    private async ValueTask<bool> IsHeldUpAsync(Exception exception, bool async) =>
        DriverFailure.Number(exception) == DriverFailure.LockTimeout
        && await _session.Mirror.IsBringingBackAsync(_session.Formation, async).ConfigureAwait(false);

    // A syntax error at the end of a statement quotes what stands behind it in the packet, which is ours. Preparing runs nothing.
    private async ValueTask<Exception> InItsOwnWordsAsync(Exception exception, bool async)
    {
        // MySql.Data throws it as it is when the server does not answer its attempt to end the statement either; callers expect a DbException.
        if (exception is TimeoutException)
            return NodeErrors.TookTooLong(_lead.Node, _caller.Own.CommandTimeout);
        if (DriverFailure.Number(exception) != DriverFailure.SyntaxError || _run is not { IsOnePacket: true } || !_lead.IsOpen)
            return exception;
        return await DryParse.ErrorAsync(_session, _lead, _statement, async, CancellationToken.None).ConfigureAwait(false) ?? exception;
    }

    private async ValueTask LeaveLeadAsync(FailureKind kind, Exception exception, bool async)
    {
        switch (kind)
        {
            case FailureKind.ConnectionLost:
                await _session.DropAsync(_lead, async).ConfigureAwait(false);
                await _session.Mirror.AnswersAsync(_lead.Node, exception, "writing", async).ConfigureAwait(false);
                break;
            case FailureKind.NodeUnavailable:
                await _session.ReleaseAsync(_lead, mustRollBack: true, async).ConfigureAwait(false);
                await _session.Mirror.LoseAsync(_lead.Node, exception, "writing", async).ConfigureAwait(false);
                break;
            case FailureKind.Stale:
                await CleanUpAsync(_lead, async).ConfigureAwait(false);
                await _session.Mirror.ReloadAsync(async, CancellationToken.None).ConfigureAwait(false);
                break;
            default:
                await CleanUpAsync(_lead, async).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>No rollback takes back what a schema change, or a write under LOCK TABLES, has done before it failed.</summary>
    private async ValueTask<Exception> FailedForGoodAsync(FailureKind kind, Exception exception, bool async)
    {
        await LeaveLeadAsync(kind, exception, async).ConfigureAwait(false);
        exception = await InItsOwnWordsAsync(exception, async).ConfigureAwait(false);
        if (kind is FailureKind.ConnectionLost or FailureKind.NodeUnavailable or FailureKind.Interrupted)
            Suspect($"{VerbText} was broken off on the lead, which may have carried it out.", exception);
        else if (MayHaveRunInPart(exception))
            Suspect($"{VerbText} failed under LOCK TABLES on the lead, where a part of it may stay.", exception);
        else if (_statement is { Kind: StatementKind.Ddl, Tables.Count: > 1 } && kind == FailureKind.Statement)
            await FailAlikeAsync(exception, async).ConfigureAwait(false);
        else if (kind is FailureKind.Statement or FailureKind.Stale)
            await WithdrawAsync(async).ConfigureAwait(false);
        if (kind == FailureKind.Stale)
            return new WriteAgainException(TransactionErrors.EpochChanged(_lead.Node, exception));
        return kind is FailureKind.ConnectionLost ? TransactionErrors.InDoubtOnLead(_lead.Node, exception) : exception;
    }

    // What a single statement has done to tables that roll back is undone with it; not so what code has done before it failed, or what the
    // driver did not understand.
    private bool MayHaveRunInPart(Exception exception) => _isUnderWay && _statement.Kind == StatementKind.Write
        && (IsCall || _treatment.OutlivesRollback || (DriverFailure.Number(exception) == 0 && !_run.IsOnePacket));

    /// <summary>A change of several tables that failed may have dealt with some of them: the follower has to fail in the same way.</summary>
    private async ValueTask FailAlikeAsync(Exception exception, bool async)
    {
        var number = DriverFailure.Number(exception);
        if (_follower is null || number is DriverFailure.TableNotLocked or DriverFailure.LocksInTheWay)
            return;
        try
        {
            await _run.OnFollowerAsync(_follower, FenceChange(_follower), async).ConfigureAwait(false);
            Suspect($"{VerbText} of several tables failed on the lead and succeeded on the follower.", exception);
        }
        catch (Exception e)
        {
            await CleanUpAsync(_follower, async).ConfigureAwait(false);
            if (DriverFailure.Number(e) != number)
                Suspect($"{VerbText} of several tables failed with different errors on the two nodes.", e);
        }
    }

    private async ValueTask<Exception> FailedInTransactionAsync(
        SessionTransaction transaction, FailureKind kind, Exception exception, bool async)
    {
        switch (kind)
        {
            // The server has rolled back the lead's half, so the follower's has to go too.
            case FailureKind.Deadlock when _lead.RolledBack(exception):
                transaction.Fail(exception);
                await _session.RollbackHalvesAsync(async).ConfigureAwait(false);
                return exception;
            // The statement alone was rolled back.
            case FailureKind.Deadlock when EndsWithRollback && await IsHeldUpAsync(exception, async).ConfigureAwait(false):
                return new WriteAgainException(exception, isHeldUp: true);
            case FailureKind.Interrupted:
                transaction.Fail(TransactionErrors.Interrupted(exception));
                return exception;
            case FailureKind.ConnectionLost or FailureKind.NodeUnavailable:
                var lead = _lead.Node;
                _session.AdoptFormation();
                if (_session.Formation.Lead == lead || _isStreamed || IsCall)
                    transaction.Fail(TransactionErrors.ConnectionLost(lead, exception));
                return transaction.Poison ?? new WriteAgainException(exception);
            // The driver itself has failed around a statement that travels alone: nobody knows whether the server has run it.
            case FailureKind.Statement or FailureKind.Misuse when DriverFailure.Number(exception) == 0 && _run is { IsOnePacket: false } && !IsCall:
                transaction.Fail(TransactionErrors.Interrupted(exception));
                return exception;
            default:
                return exception;
        }
    }

    /// <summary>The lead has run the statement and the follower has not. Returns when the lead may go on without it.</summary>
    private async ValueTask FailedOnFollowerAsync(NodeConnection follower, Exception exception, bool async)
    {
        var kind = follower.Classify(exception);
        if (kind == FailureKind.Stale && IsReversible)
            throw await RollBackStaleAsync(follower, exception, async).ConfigureAwait(false);
        if (kind is FailureKind.ConnectionLost or FailureKind.Interrupted or FailureKind.NodeUnavailable)
        {
            await _session.ReleaseAsync(follower, mustRollBack: true, async).ConfigureAwait(false);
            // The lead is fenced, and a change of epoch would wait for it.
            if (IsFencedAtOnce)
                await CleanUpAsync(_lead, async).ConfigureAwait(false);
            var answers = kind != FailureKind.NodeUnavailable
                && await _session.Mirror.AnswersAsync(follower.Node, exception, "writing", async).ConfigureAwait(false);
            if (IsFencedAtOnce)
            {
                if (kind == FailureKind.NodeUnavailable)
                    await _session.Mirror.LoseAsync(follower.Node, exception, "writing", async).ConfigureAwait(false);
                throw new WriteAgainException(TransactionErrors.ConnectionLost(follower.Node, exception));
            }

            if (!answers)
            {
                await GoOnAloneAsync(follower, exception, async).ConfigureAwait(false);
            }
            else if (CanRollBack)
            {
                // The node is well, the connection is not: the half that it held is gone, and the whole has to be run again.
                throw await RollBackAsync(TransactionErrors.ConnectionLost(follower.Node, exception), async).ConfigureAwait(false);
            }
            else
            {
                Suspect($"{VerbText} was broken off on the follower.", exception);
            }
        }
        else
        {
            await CleanUpAsync(follower, async).ConfigureAwait(false);
            if (kind == FailureKind.Deadlock && CanRollBack)
                throw await RefusedByFollowerAsync(follower.Node, exception, async).ConfigureAwait(false);
            Suspect($"{VerbText} succeeded on the lead and failed on the follower.", exception);
            if (kind == FailureKind.Stale)
            {
                await _session.Mirror.ReloadAsync(async, CancellationToken.None).ConfigureAwait(false);
                _session.AdoptFormation();
                // It has run on a node that does not count any more. One that still leads goes on alone.
                if (_session.Formation.Lead != _lead.Node)
                    throw new WriteAgainException(TransactionErrors.EpochChanged(follower.Node, exception));
            }
            else if ((IsReversible || Tables.Count > 0) && _statement.Kind != StatementKind.Admin)
            {
                await LeaveBehindAsync(follower, NodeErrors.LacksWrite(follower.Node, exception), async).ConfigureAwait(false);
            }

            if (_transaction is not null)
                _transaction.FollowerIsComplete = false;
        }

        _follower = null;
    }

    private bool CanRollBack => IsReversible && !_hasCommittedInside;

    private async ValueTask<Exception> RollBackAsync(Exception exception, bool async)
    {
        if (_transaction is { } transaction)
        {
            transaction.Fail(exception);
            await _session.RollbackHalvesAsync(async).ConfigureAwait(false);
            return exception;
        }

        await CleanUpAsync(_lead, async).ConfigureAwait(false);
        return IsRepeatable ? new WriteAgainException(exception) : exception;
    }

    /// <summary>A node that is known to lack a write must not come to lead before it is mended.</summary>
    private async ValueTask LeaveBehindAsync(NodeConnection follower, Exception difference, bool async)
    {
        await _session.ReleaseAsync(follower, mustRollBack: true, async).ConfigureAwait(false);
        // Whoever brings the node back has to know what to copy.
        await _session.Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        if (!IsFencedAtOnce)
        {
            await GoOnAloneAsync(follower, difference, async).ConfigureAwait(false);
            return;
        }

        // The lead is fenced, and a change of epoch would wait for it.
        await CleanUpAsync(_lead, async).ConfigureAwait(false);
        await _session.Mirror.LoseAsync(follower.Node, difference, "writing", async).ConfigureAwait(false);
        throw new WriteAgainException(TransactionErrors.EpochChanged(_lead.Node, difference));
    }

    private async ValueTask<Exception> RefusedByFollowerAsync(Node follower, Exception exception, bool async)
    {
        // First both halves let go of their locks, which the change of epoch may wait for.
        var failure = await RollBackAsync(exception, async).ConfigureAwait(false);
        if (_session.Mirror.FollowerRefusals.Add())
        {
            _session.Mirror.FollowerRefusals.Clear();
            await _session.Mirror.LoseAsync(follower, NodeErrors.RefusesWrites(follower, exception), "writing", async).ConfigureAwait(false);
        }

        return failure;
    }

    private async ValueTask GoOnAloneAsync(NodeConnection follower, Exception exception, bool async)
    {
        var formation = await _session.Mirror.LoseAsync(follower.Node, exception, "writing", async).ConfigureAwait(false);
        // Meanwhile another session may have found the lead lost, and the node lost here leads: nothing may be committed here.
        if (formation.Lead != _lead.Node && CanRollBack)
            throw await RollBackAsync(TransactionErrors.ConnectionLost(_lead.Node, exception), async).ConfigureAwait(false);
        if (formation.Follower is not null && CanRollBack)
            throw await RollBackAsync(NodeErrors.CannotLose(follower.Node, _lead.Node, exception), async).ConfigureAwait(false);
        _session.AdoptFormation();
    }

    private async ValueTask<Exception> RollBackStaleAsync(NodeConnection follower, Exception exception, bool async)
    {
        await CleanUpAsync(follower, async).ConfigureAwait(false);
        await CleanUpAsync(_lead, async).ConfigureAwait(false);
        await _session.Mirror.ReloadAsync(async, CancellationToken.None).ConfigureAwait(false);
        return new WriteAgainException(TransactionErrors.EpochChanged(follower.Node, exception), HasMovedOn(FailureKind.Stale));
    }

    // After a failed statement nothing behind it in the packet has run: the transaction is open and the clock is frozen.
    private async ValueTask CleanUpAsync(NodeConnection connection, bool async)
    {
        try
        {
            if (connection.IsOpen)
            {
                var rollback = IsOwnTransaction ? "ROLLBACK;" : "";
                await connection.ExecuteAsync(rollback + _context.AfterFailure, async, CancellationToken.None).ConfigureAwait(false);
                connection.HoldsWrite = false;
                return;
            }
        }
        catch (Exception e)
        {
            Diagnostics.Log.ConnectionDropped(_session.Mirror.Logger, e, connection.Node.Name);
        }

        await _session.DropAsync(connection, async).ConfigureAwait(false);
    }
}
