using System.Data;
using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>Reads: on one node, with the caller's own command, and once more elsewhere when that node fails before the first row.</summary>
internal static class Reads
{
    /// <param name="session">Who reads.</param>
    /// <param name="text">What to run: a statement, or a whole text of nothing but reads.</param>
    /// <param name="statement">The statement within the caller's text, or null for the whole text.</param>
    /// <param name="caller">The caller's command.</param>
    /// <param name="behavior">The caller's wishes.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public static async ValueTask<StatementResult> ExecuteAsync(
        Session session, string text, Statement? statement, CallerCommand caller, CommandBehavior behavior, bool async,
        CancellationToken cancellationToken)
    {
        var needsLead = statement is { Kind: not StatementKind.Read };
        if (needsLead)
        {
            session.IsPinned = true;
            if (statement!.Traits.HasFlag(StatementTraits.UserLock))
                session.IsDirty = session.HoldsUnrepeatableState = session.HoldsLocks = true;
        }

        if (session.Transaction is null && statement is null or { Kind: StatementKind.Read or StatementKind.LockingRead })
            session.TakeNext(out _);
        text = session.AnswerDiagnostics(text, statement);
        var patience = session.Retry.Wait(caller.Own.CommandTimeout);
        for (var attempt = 1; ; attempt++)
        {
            // A process that has slept may still take a node for the lead that others have gone on without.
            await session.Mirror.RequireFreshAsync(async, cancellationToken).ConfigureAwait(false);
            var since = session.Mirror.Formation;
            var connection = await session.ReaderAsync(async, cancellationToken).ConfigureAwait(false);
            if (session.Transaction is { } transaction)
            {
                if (transaction.Poison is { } poison)
                    throw TransactionErrors.Poisoned(poison);
                transaction.HasRead |= !transaction.ReadsWithoutSnapshot || statement is { Kind: StatementKind.LockingRead };
            }

            try
            {
                await connection.FlushAsync(async).ConfigureAwait(false);
                var rows = await caller.On(connection, text, statement).ReadAsync(behavior, async, cancellationToken).ConfigureAwait(false);
                var presence = new Presence(session.Mirror, connection.Node, since);
                await RequireAsync(presence, rows, async, cancellationToken).ConfigureAwait(false);
                return new StatementResult(-1, rows, Presence: presence);
            }
            catch (Exception e)
            {
                await FailedAsync(session, connection, e, async).ConfigureAwait(false);
                if (statement is { Kind: StatementKind.LockingRead } && DriverFailure.Number(e) == DriverFailure.LockTimeout && !connection.RolledBack(e)
                    && !patience.IsOver && await session.Mirror.IsBringingBackAsync(session.Formation, async).ConfigureAwait(false))
                {
                    await session.Retry.PauseAsync(async, cancellationToken).ConfigureAwait(false);
                    attempt--;
                    continue;
                }

                // One attempt more per node; a session that lost more than a connection says so at the next step.
                var canMove = session.Transaction is null && !session.HoldsUnrepeatableState && attempt <= 2;
                if (!canMove || connection.Classify(e) is not (FailureKind.ConnectionLost or FailureKind.NodeUnavailable))
                    throw;
            }
        }
    }

    private static async ValueTask RequireAsync(Presence presence, NodeReader rows, bool async, CancellationToken cancellationToken)
    {
        try
        {
            await presence.RequireAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await rows.DisposeAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Draws the conclusions from a read that failed, at its start or while its rows were fetched.</summary>
    public static async ValueTask FailedAsync(Session session, NodeConnection connection, Exception exception, bool async)
    {
        var kind = connection.Classify(exception);
        switch (kind)
        {
            case FailureKind.ConnectionLost:
                await session.DropAsync(connection, async).ConfigureAwait(false);
                await session.Mirror.AnswersAsync(connection.Node, exception, "reading", async).ConfigureAwait(false);
                break;
            case FailureKind.NodeUnavailable:
                await session.DropAsync(connection, async).ConfigureAwait(false);
                await session.Mirror.LoseAsync(connection.Node, exception, "reading", async).ConfigureAwait(false);
                break;
            case FailureKind.Deadlock when connection.RolledBack(exception):
                session.Transaction?.Fail(exception);
                await session.RollbackHalvesAsync(async).ConfigureAwait(false);
                return;
            default:
                return;
        }

        session.Transaction?.Fail(TransactionErrors.ConnectionLost(connection.Node, exception));
    }
}
