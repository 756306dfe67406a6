using System.Data;
using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Journal;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>
/// What changes the session and not the data: run on the lead, and on the follower now or, where nothing depends on the moment,
/// when the follower's connection opens.
/// </summary>
internal static class SessionStatements
{
    /// <summary>What a session statement reads or spends when it runs, so that it cannot be run again later.</summary>
    private const StatementTraits OfTheMoment = StatementTraits.ReadsData | StatementTraits.OneShot | StatementTraits.SetsInsertId;

    // The follower hears of it when the transaction begins there: before, it might spend it on another one.
    private static bool IsForNext(Statement statement) => statement.Verb == StatementVerb.SetTransaction && statement.Traits.HasFlag(StatementTraits.OneShot);

    public static async ValueTask<StatementResult> ExecuteAsync(
        Session session, Statement statement, CallerCommand caller, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        if (session.Transaction?.Poison is { } poison)
            throw TransactionErrors.Poisoned(poison);
        if (statement.Verb == StatementVerb.Use)
        {
            await session.UseAsync(statement.Name!, async, cancellationToken).ConfigureAwait(false);
            return new StatementResult(0);
        }

        if (statement.Verb == StatementVerb.Lock)
            await SchemaChange.CommitBeforeAsync(session, statement, caller, async, cancellationToken).ConfigureAwait(false);

        // A value that comes from tables or the clock has to be fetched on both nodes at the same moment; a constant can wait.
        var isForNext = IsForNext(statement);
        var preparesVariable = statement is { Verb: StatementVerb.Prepare, PreparedText: null };
        var dependsOnMoment = !isForNext && ((statement.Traits & OfTheMoment) != 0 || (!preparesVariable && caller.ReadsVariables(statement)));
        if (dependsOnMoment)
            await session.Mirror.RequireFreshAsync(async, cancellationToken).ConfigureAwait(false);
        session.IsPinned = session.IsDirty = true;
        var lead = await session.LeadAsync(async, cancellationToken).ConfigureAwait(false);
        var follower = session.Formation.Follower is { } node ? session.Of(node) : null;
        if (dependsOnMoment && session.Formation.Follower is not null)
            (lead, follower) = await session.PairAsync(async, cancellationToken).ConfigureAwait(false);

        if (session.Transaction is { } transaction && follower is not null && dependsOnMoment)
            await session.JoinAsync(transaction, follower, async).ConfigureAwait(false);
        NodeReader rows;
        try
        {
            await lead.FlushAsync(async).ConfigureAwait(false);
            rows = await caller.On(lead, statement.Text, statement).ReadAsync(behavior & ~(CommandBehavior.SchemaOnly | CommandBehavior.SingleRow), async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await Reads.FailedAsync(session, lead, e, async).ConfigureAwait(false);
            throw;
        }

        if (session.Transaction is { } reading && dependsOnMoment)
            reading.HasRead = true;
        if (dependsOnMoment && follower is null)
            session.NoteAlone();
        session.HoldsUnrepeatableState |= dependsOnMoment || statement.Traits.HasFlag(StatementTraits.TemporaryTable);
        session.HasVariablesFromData |= dependsOnMoment && statement.Traits.HasFlag(StatementTraits.AssignsUserVariables);
        if (follower is not null && !isForNext)
            await RunOnFollowerAsync(session, statement, caller, follower, async).ConfigureAwait(false);
        if (session.Transaction is { HasWritten: true } writing)
            writing.ChangesSession = true;
        if (!dependsOnMoment && !isForNext && !preparesVariable)
            session.Remember(caller.Record("", statement.Text, "", statement));
        session.Note(statement);
        if (FillsDifferently(statement))
            session.Doubt ??= "a temporary table was made whose rows or defaults each node found by itself";
        if (statement.Traits.HasFlag(StatementTraits.SetsIsolation | StatementTraits.OneShot))
            session.SetNext(isForNext ? statement.Text : "", LevelIn(statement.Text));
        session.Aftermath = null;

        return new StatementResult(-1, rows, new Notice(session, statement, lead));
    }

    private static bool FillsDifferently(Statement statement) => statement is { Verb: StatementVerb.Create }
        && statement.Traits.HasFlag(StatementTraits.TemporaryTable) && (statement.Traits & (StatementTraits.CreateSelect | Hazards.Any)) != 0;

    private static IsolationLevel? LevelIn(string text) =>
        text.Contains("UNCOMMITTED", StringComparison.OrdinalIgnoreCase) ? IsolationLevel.ReadUncommitted
        : text.Contains("COMMITTED", StringComparison.OrdinalIgnoreCase) ? IsolationLevel.ReadCommitted
        : text.Contains("SERIALIZABLE", StringComparison.OrdinalIgnoreCase) ? IsolationLevel.Serializable
        : text.Contains("REPEATABLE", StringComparison.OrdinalIgnoreCase) ? IsolationLevel.RepeatableRead
        : null;

    private static async ValueTask RunOnFollowerAsync(
        Session session, Statement statement, CallerCommand caller, NodeConnection follower, bool async)
    {
        try
        {
            using var command = caller.CopyFor(follower, statement.Text, statement);
            await follower.FlushAsync(async).ConfigureAwait(false);
            await command.NonQueryAsync(async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (session.Transaction is { } transaction
            && (follower.RolledBack(e) || follower.Classify(e) is FailureKind.ConnectionLost or FailureKind.Interrupted))
        {
            // The half that the follower held is gone, and what was written in it. The lead's rows are still to be read, so its half
            // is rolled back when the caller ends the transaction.
            transaction.Fail(TransactionErrors.ConnectionLost(follower.Node, e));
        }
        catch (Exception e) when (follower.Classify(e) is not FailureKind.Misuse)
        {
            // The two halves of the session are not alike from here on, and so may be whatever they write.
            session.Doubt ??= $"{statement.Verb} had changed the session on the lead and failed on the follower";
            if (!follower.IsOpen)
                await session.DropAsync(follower, async).ConfigureAwait(false);
        }
    }

    /// <summary>What later decisions depend on is asked of the server: only it knows what a SET has come to.</summary>
    private sealed class Notice(Session session, Statement statement, NodeConnection lead) : IUnfinished
    {
        public async ValueTask FinishAsync(int affected, bool async)
        {
            switch (statement.Verb)
            {
                case StatementVerb.Lock:
                    session.HoldsTableLocks = true;
                    session.HoldsUnrepeatableState = true;
                    break;
                case StatementVerb.Unlock:
                    session.HoldsTableLocks = false;
                    break;
            }

            if (statement is { Verb: StatementVerb.Prepare, PreparedText: null, Name: { } name, UserVariables: [var text] })
                NotePrepared(name, await AskAsync("SELECT @" + Identifier.Quote(text.Name), async).ConfigureAwait(false) as string);

            if (statement.Traits.HasFlag(StatementTraits.SetsSqlMode))
            {
                var mode = await AskAsync("SELECT @@sql_mode LIMIT 1", async).ConfigureAwait(false);
                session.Syntax = session.Syntax.WithSqlMode(Convert.ToString(mode, CultureInfo.InvariantCulture));
            }

            if (statement.Traits.HasFlag(StatementTraits.SetsIsolation) && !statement.Traits.HasFlag(StatementTraits.OneShot))
            {
                var level = await AskAsync($"SELECT @@{lead.Node.Facts!.IsolationVariable} LIMIT 1", async).ConfigureAwait(false);
                session.Isolation = IsolationOf(level);
            }

            if (statement.Traits.HasFlag(StatementTraits.SetsLastInsertId))
                session.LastInsertId = Convert.ToUInt64(await AskAsync("SELECT LAST_INSERT_ID() LIMIT 1", async).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }

        public async ValueTask<Exception> FailedAsync(Exception exception, bool async)
        {
            await Reads.FailedAsync(session, lead, exception, async).ConfigureAwait(false);
            return exception;
        }

        // By its text, for a connection that opens when the variable holds another one.
        private void NotePrepared(string name, string? text)
        {
            session.NotePrepared(name, text);
            if (text is not null)
                session.Remember(new RecordedWrite("", $"PREPARE {Identifier.Quote(name)} FROM {Identifier.Literal(text, session.Syntax.HasBackslashEscapes)}", CommandType.Text, "", []));
        }

        private static IsolationLevel IsolationOf(object? level) => level switch
        {
            "READ-UNCOMMITTED" => IsolationLevel.ReadUncommitted,
            "READ-COMMITTED" => IsolationLevel.ReadCommitted,
            "SERIALIZABLE" => IsolationLevel.Serializable,
            _ => IsolationLevel.RepeatableRead,
        };

        private async ValueTask<object?> AskAsync(string sql, bool async)
        {
            using var command = lead.Physical.CreateCommand();
            command.CommandText = sql;
            return (await SqlLiteral.RowAsync(command, async, CancellationToken.None).ConfigureAwait(false))[0];
        }
    }
}
