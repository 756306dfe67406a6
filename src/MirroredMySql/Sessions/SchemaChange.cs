using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// CREATE, ALTER, DROP and their like: first on the lead, under locks that keep everybody else out until the follower has done the
/// same. No transaction takes them back.
/// </summary>
internal static class SchemaChange
{
    public static ValueTask<WriteOutcome> RunAsync(
        Session session, Statement statement, CallerCommand caller, bool async, CancellationToken cancellationToken) =>
        FencedChange.RepeatAsync(session, caller, () => RunOnceAsync(session, statement, caller, async, cancellationToken), cancellationToken);

    private static async ValueTask<WriteOutcome> RunOnceAsync(
        Session session, Statement statement, CallerCommand caller, bool async, CancellationToken cancellationToken)
    {
        var (lead, follower) = await session.PairAsync(async, cancellationToken).ConfigureAwait(false);
        if (session.HoldsTableLocks)
        {
            var changed = await TablesAsync(session, statement, lead, async, cancellationToken).ConfigureAwait(false);
            return await FencedAsync(session, statement, changed, async, fence =>
                ChangeAsync(session, statement, caller, changed, null, fence, async, cancellationToken)).ConfigureAwait(false);
        }

        var timeout = caller.Own.CommandTimeout;
        var @lock = await SchemaLock.TakeAsync(lead, session.Database, timeout, async, cancellationToken).ConfigureAwait(false);
        try
        {
            var tables = await TablesAsync(session, statement, lead, async, cancellationToken).ConfigureAwait(false);
            // Alone, the locks put it into the journal where it belongs: behind whatever has written to the tables, and before what will.
            if (follower is null)
            {
                return await FencedAsync(session, statement, tables, async, async fence =>
                {
                    await LockAsync().ConfigureAwait(false);
                    return await UnderLockAsync(session, statement, caller, tables, @lock, fence, lead, async, cancellationToken).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }

            await LockAsync().ConfigureAwait(false);
            // A transaction that is open on the follower only, such as a long read, must not hold the lead's tables up for long.
            follower.Defer($"SET lock_wait_timeout={(int)session.Mirror.Options.FollowerLockTimeout.TotalSeconds};");
            // Not before the tables are locked: whoever holds them up may be about to commit, and wait for whom this fence holds up.
            return await FencedAsync(session, statement, tables, async, fence =>
                UnderLockAsync(session, statement, caller, tables, @lock, fence, lead, async, cancellationToken)).ConfigureAwait(false);

            async ValueTask LockAsync()
            {
                if (!await @lock.LockTablesAsync(tables, session.Database, session.Syntax, timeout, async, cancellationToken).ConfigureAwait(false))
                    session.Mirror.Suspects.Add(tables, "A schema change ran beside writers, because the account lacks the LOCK TABLES right.");
            }
        }
        finally
        {
            await ReleaseAsync(session, @lock, lead, async).ConfigureAwait(false);
            if (follower is { IsOpen: true })
                await RestoreAsync(session, statement, lead, follower, async).ConfigureAwait(false);
        }
    }

    private static async ValueTask RestoreAsync(Session session, Statement statement, NodeConnection lead, NodeConnection follower, bool async)
    {
        // At once: a pool that clears nothing would hand the limit on.
        follower.Defer("SET lock_wait_timeout=DEFAULT;");
        try
        {
            await follower.FlushAsync(async).ConfigureAwait(false);
        }
        catch (Exception e) when (follower.Classify(e) is FailureKind.ConnectionLost or FailureKind.NodeUnavailable or FailureKind.Interrupted)
        {
            await session.DropAsync(follower, async).ConfigureAwait(false);
            return;
        }

        // Reads look at what is known of views and functions and do not ask; writes do.
        if (statement.Object is SchemaObject.View or SchemaObject.Function && lead.IsOpen)
            await session.KnowSchemaAsync(session.Database, lead, follower, async, CancellationToken.None).ConfigureAwait(false);
    }

    private static async ValueTask ReleaseAsync(Session session, SchemaLock @lock, NodeConnection lead, bool async)
    {
        try
        {
            await @lock.ReleaseAsync(async).ConfigureAwait(false);
        }
        catch (Exception e) when (lead.Classify(e) is FailureKind.ConnectionLost or FailureKind.NodeUnavailable or FailureKind.Interrupted)
        {
            // Its locks are gone with it.
            await session.DropAsync(lead, async).ConfigureAwait(false);
        }
    }

    private static async ValueTask<WriteOutcome> UnderLockAsync(
        Session session, Statement statement, CallerCommand caller, IReadOnlyList<string> tables, SchemaLock @lock, EpochFence? fence, NodeConnection lead, bool async,
        CancellationToken cancellationToken)
    {
        try
        {
            return statement.Traits.HasFlag(StatementTraits.CreateSelect) && caller.IsText && CreateTableSelect.Of(statement) is { } split
                ? await split.RunAsync(session, caller, async, cancellationToken).ConfigureAwait(false)
                : await ChangeAsync(session, statement, caller, tables, @lock, fence, async, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (DriverFailure.Number(e) is DriverFailure.TableNotLocked or DriverFailure.LocksInTheWay && lead.IsOpen)
        {
            // Some changes cannot run under LOCK TABLES: RENAME TABLE on MariaDB, foreign keys to tables that are not locked.
            await @lock.UnlockTablesAsync(async).ConfigureAwait(false);
            var reason = $"{statement.Verb} cannot run under a table lock, and writers may have come between.";
            // A DROP of several tables may fail when it has dropped some; what else fails has changed nothing.
            if (statement.Verb == StatementVerb.Drop)
                session.Mirror.Suspects.Add(tables, reason);
            var outcome = await ChangeAsync(session, statement, caller, tables, @lock, fence, async, cancellationToken).ConfigureAwait(false);
            if (statement.Verb != StatementVerb.Drop)
                session.Mirror.Suspects.Add(tables, reason);
            return outcome;
        }
    }

    private static async ValueTask<WriteOutcome> FencedAsync(
        Session session, Statement statement, IReadOnlyList<string> tables, bool async, Func<EpochFence?, ValueTask<WriteOutcome>> change)
    {
        // Who drops the mirror's own database would wait for the fence in it.
        if (statement.Object == SchemaObject.Database)
            return await change(null).ConfigureAwait(false);
        var fenced = await FencedChange.BeginAsync(session, tables, HasRows(statement.Object), async).ConfigureAwait(false);
        var isDone = false;
        try
        {
            var outcome = await change(fenced.Fence).ConfigureAwait(false);
            isDone = true;
            return outcome;
        }
        finally
        {
            await fenced.EndAsync(isDone, async).ConfigureAwait(false);
        }
    }

    private static bool HasRows(SchemaObject changed) => changed is not (SchemaObject.View or SchemaObject.Procedure or SchemaObject.Function
        or SchemaObject.Event or SchemaObject.Package or SchemaObject.Library);

    /// <summary>
    /// Commits what is open, as the servers do before they look at a schema change; but not for one that they cannot even read.
    /// </summary>
    /// <exception cref="DbException">A syntax error; the driver's own. The transaction is as it was.</exception>
    public static async ValueTask CommitBeforeAsync(
        Session session, Statement statement, CallerCommand caller, bool async, CancellationToken cancellationToken)
    {
        // A parameter's name in the text is no syntax for the server; the driver fills its value in later.
        if (session.Transaction is { HasWritten: true, Poison: null } && caller.Own.Parameters.Count == 0)
        {
            var lead = await session.LeadAsync(async, cancellationToken).ConfigureAwait(false);
            if (await DryParse.ErrorAsync(session, lead, statement, async, cancellationToken).ConfigureAwait(false) is { } error)
                throw error;
        }

        await session.CommitAsync(async).ConfigureAwait(false);
    }

    private static async ValueTask<IReadOnlyList<string>> TablesAsync(
        Session session, Statement statement, NodeConnection lead, bool async, CancellationToken cancellationToken)
    {
        var tables = statement is { Object: SchemaObject.Trigger, Verb: StatementVerb.Drop, Name: { } trigger }
            ? await SchemaLock.TablesOfTriggerAsync(lead, trigger, session.Database, session.Syntax, async, cancellationToken).ConfigureAwait(false)
            : statement.Tables;
        return tables.Count == 0 ? tables : session.Placed(tables);
    }

    private static async ValueTask<WriteOutcome> ChangeAsync(
        Session session, Statement statement, CallerCommand caller, IReadOnlyList<string> tables, SchemaLock? @lock, EpochFence? fence, bool async,
        CancellationToken cancellationToken)
    {
        if (statement.Traits.HasFlag(StatementTraits.CreateSelect))
            session.Mirror.Suspects.Add(tables, "CREATE TABLE … SELECT reads without locks, and could not be run in two steps.");
        try
        {
            var outcome = await new MirroredWrite(session, statement, caller) { SchemaLock = @lock, EpochFence = fence, ChangedTables = tables }.RunAsync(async, cancellationToken).ConfigureAwait(false);
            session.Note(statement);
            return outcome;
        }
        finally
        {
            session.SchemaChanged(statement);
        }
    }
}
