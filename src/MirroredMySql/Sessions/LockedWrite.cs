using System.Data;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>A write under LOCK TABLES, where START TRANSACTION would release the locks: each node commits it on its own.</summary>
internal static class LockedWrite
{
    public static ValueTask<StatementResult> ExecuteAsync(
        Session session, Statement statement, CallerCommand caller, CommandBehavior behavior, bool wantsRows, bool async, CancellationToken cancellationToken) =>
        FencedChange.RepeatAsync(
            session, caller, () => ExecuteOnceAsync(session, statement, caller, behavior, wantsRows, async, cancellationToken), cancellationToken);

    private static async ValueTask<StatementResult> ExecuteOnceAsync(
        Session session, Statement statement, CallerCommand caller, CommandBehavior behavior, bool wantsRows, bool async, CancellationToken cancellationToken)
    {
        var (lead, follower) = await session.PairAsync(async, cancellationToken).ConfigureAwait(false);
        var tables = await TablesAsync(session, statement, caller, lead, follower, async, cancellationToken).ConfigureAwait(false);
        var change = await FencedChange.BeginAsync(session, tables, hasRows: true, async).ConfigureAwait(false);
        NodeReader? rows = null;
        var isDone = false;
        try
        {
            var write = new MirroredWrite(session, statement, caller) { EpochFence = change.Fence };
            if (wantsRows && statement.Traits.HasFlag(StatementTraits.ReturnsRows))
            {
                rows = await write.StartAsync(behavior, async, cancellationToken).ConfigureAwait(false);
                return new StatementResult(-1, rows, new Rest(write, change));
            }

            var outcome = await write.RunAsync(async, cancellationToken).ConfigureAwait(false);
            isDone = true;
            return new StatementResult(outcome.Affected);
        }
        finally
        {
            if (rows is null)
                await change.EndAsync(isDone, async).ConfigureAwait(false);
        }
    }

    private static async ValueTask<IReadOnlyList<string>> TablesAsync(
        Session session, Statement statement, CallerCommand caller, NodeConnection lead, NodeConnection? follower, bool async, CancellationToken cancellationToken)
    {
        try
        {
            var treatment = await session.TreatmentOfAsync(statement, caller.IsText, lead, follower, async, cancellationToken).ConfigureAwait(false);
            return treatment.Tables.Count > 0 ? treatment.Tables : [Suspects.AnyTable];
        }
        catch (Exception e)
        {
            await Reads.FailedAsync(session, lead, e, async).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The change ends when its rows are read.</summary>
    private sealed class Rest(MirroredWrite write, FencedChange change) : IUnfinished
    {
        public async ValueTask FinishAsync(int affected, bool async)
        {
            var isDone = false;
            try
            {
                await write.FinishAsync(affected, async).ConfigureAwait(false);
                isDone = true;
            }
            finally
            {
                await change.EndAsync(isDone, async).ConfigureAwait(false);
            }
        }

        public async ValueTask<Exception> FailedAsync(Exception exception, bool async)
        {
            try
            {
                return await write.FailedAsync(exception, async).ConfigureAwait(false);
            }
            finally
            {
                await change.EndAsync(isDone: false, async).ConfigureAwait(false);
            }
        }
    }
}
