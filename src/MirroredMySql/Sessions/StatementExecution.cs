using System.Data;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>Sends each statement the way that its kind needs. The kind decides, not the method that the caller has called.</summary>
internal static class StatementExecution
{
    /// <param name="session">Whose statement it is.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="caller">The caller's command.</param>
    /// <param name="behavior">The caller's wishes for result sets.</param>
    /// <param name="wantsRows">False when the caller throws result sets away, so that nothing has to be kept open for them.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the statement as far as nothing is left half done.</param>
    public static async ValueTask<StatementResult> ExecuteAsync(
        Session session, Statement statement, CallerCommand caller, CommandBehavior behavior, bool wantsRows, bool async,
        CancellationToken cancellationToken)
    {
        if (statement.Kind is StatementKind.Read or StatementKind.LockingRead or StatementKind.LeadRead && session.MentionsWritingView(statement.Text))
            statement = statement.AsWrite();
        // START TRANSACTION would release the locks of LOCK TABLES.
        if (!session.Autocommit && session.Transaction is null && !session.HoldsTableLocks && StartsTransaction(statement))
            await session.BeginAsync(SessionTransaction.Begin(IsolationLevel.Unspecified), IsolationLevel.Unspecified, atOnce: false, async, cancellationToken).ConfigureAwait(false);

        switch (statement.Kind)
        {
            case StatementKind.Empty:
                return new StatementResult(-1);
            case StatementKind.Read or StatementKind.LockingRead or StatementKind.LeadRead or StatementKind.LeadOnly:
                return await Reads.ExecuteAsync(session, statement.Text, statement, caller, behavior, async, cancellationToken).ConfigureAwait(false);
            case StatementKind.Write when session.HoldsTableLocks:
                return await LockedWrite.ExecuteAsync(session, statement, caller, behavior, wantsRows, async, cancellationToken).ConfigureAwait(false);
            case StatementKind.Write:
                return await WriteAsync(session, statement, caller, behavior, wantsRows, async, cancellationToken).ConfigureAwait(false);
            case StatementKind.Ddl:
                await SchemaChange.CommitBeforeAsync(session, statement, caller, async, cancellationToken).ConfigureAwait(false);
                return new StatementResult(
                    (await SchemaChange.RunAsync(session, statement, caller, async, cancellationToken).ConfigureAwait(false)).Affected);
            case StatementKind.Admin:
                await SchemaChange.CommitBeforeAsync(session, statement, caller, async, cancellationToken).ConfigureAwait(false);
                return await WriteAsync(session, statement, caller, behavior, wantsRows, async, cancellationToken).ConfigureAwait(false);
            case StatementKind.SessionState:
                return await SessionStatements.ExecuteAsync(session, statement, caller, behavior, async, cancellationToken).ConfigureAwait(false);
            case StatementKind.Transaction:
                await TransactionStatements.ExecuteAsync(session, statement, async, cancellationToken).ConfigureAwait(false);
                return new StatementResult(0);
            case StatementKind.Refused:
                throw new MirroredDbException($"{statement.Reason} See docs/sql.md.");
            default:
                throw new InvalidOperationException($"Statement kind {statement.Kind} has no route.");
        }
    }

    // SELECT … INTO @x and SET @x = (SELECT …) read tables as well, and may lock rows.
    private static bool StartsTransaction(Statement statement) =>
        statement.Kind is StatementKind.Read or StatementKind.LockingRead or StatementKind.LeadRead or StatementKind.Write
        || (statement is { Kind: StatementKind.SessionState, Verb: StatementVerb.Select } && statement.Traits.HasFlag(StatementTraits.ReadsData))
        || (statement is { Kind: StatementKind.SessionState, Verb: StatementVerb.Set } && (statement.Traits & (StatementTraits.Subquery | StatementTraits.PotentialStoredFunction)) != 0);

    private static async ValueTask<StatementResult> WriteAsync(
        Session session, Statement statement, CallerCommand caller, CommandBehavior behavior, bool wantsRows, bool async,
        CancellationToken cancellationToken)
    {
        if (wantsRows && statement.Traits.HasFlag(StatementTraits.ReturnsRows))
        {
            var streamed = new MirroredWrite(session, statement, caller);
            var rows = await streamed.StartAsync(behavior, async, cancellationToken).ConfigureAwait(false);
            return new StatementResult(-1, rows, streamed);
        }

        WriteOutcome outcome;
        var patience = session.Retry.Wait(caller.Own.CommandTimeout);
        try
        {
            outcome = await new MirroredWrite(session, statement, caller).RunAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch (WriteAgainException first)
        {
            outcome = await session.Retry.RunAsync(
                first, token => new MirroredWrite(session, statement, caller).RunAsync(async, token), patience, async, cancellationToken).ConfigureAwait(false);
        }

        return new StatementResult(outcome.Affected);
    }
}
