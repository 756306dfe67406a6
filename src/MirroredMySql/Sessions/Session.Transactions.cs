using System.Data;
using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>Explicit transactions: begun on the lead, joined by the follower with the first write, ended on both.</summary>
internal sealed partial class Session
{
    /// <summary>Opens a transaction; one that is open is committed first, as the server itself would.</summary>
    /// <param name="beginSql">What starts it on either node.</param>
    /// <param name="isolation">The level that was asked for.</param>
    /// <param name="atOnce">Whether the moment counts (a consistent snapshot), so that it cannot wait for the first statement.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the opening of connections.</param>
    public async ValueTask BeginAsync(string beginSql, IsolationLevel isolation, bool atOnce, bool async, CancellationToken cancellationToken)
    {
        await CommitAsync(async).ConfigureAwait(false);
        var lead = await LeadAsync(async, cancellationToken).ConfigureAwait(false);
        var next = TakeNext(out var level);
        beginSql = next + beginSql;
        Transaction = new SessionTransaction(beginSql, isolation == IsolationLevel.Unspecified ? level ?? isolation : isolation);
        lead.Begin(beginSql);
        HoldsTableLocks = false;
        Transaction.HasRead |= atOnce;
        // The lead has been told already, and has to spend it on this one.
        if (atOnce || next.Length > 0)
            await BeginAtOnceAsync(lead, async).ConfigureAwait(false);
    }

    private async ValueTask BeginAtOnceAsync(NodeConnection lead, bool async)
    {
        try
        {
            await lead.FlushAsync(async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The caller has none, and what it runs next must not be part of one.
            Transaction = null;
            await Reads.FailedAsync(this, lead, e, async).ConfigureAwait(false);
            if (lead.IsOpen)
                await RollBackHalfAsync(lead, async).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Commits what is open, if anything is.</summary>
    /// <exception cref="MirroredDbException">An earlier error has left nothing to commit, or the outcome is in doubt.</exception>
    public async ValueTask CommitAsync(bool async)
    {
        if (Transaction is not { } transaction)
            return;
        AdoptFormation();
        if (transaction.Poison is { } poison)
        {
            await RollbackAsync(async).ConfigureAwait(false);
            throw TransactionErrors.Poisoned(poison);
        }

        var lead = Of(Formation.Lead);
        if ((transaction.HasRead || transaction.HasWritten) && lead is not { InTransaction: true, IsOpen: true })
        {
            await RollbackAsync(async).ConfigureAwait(false);
            throw TransactionErrors.ConnectionLost(Formation.Lead);
        }

        await ReleaseRetiredAsync(async).ConfigureAwait(false);
        if (lead is null || !transaction.HasWritten)
            await CommitReadsAsync(lead, async).ConfigureAwait(false);
        else
            await CommitWritesAsync(lead, transaction, async).ConfigureAwait(false);
    }

    private async ValueTask CommitReadsAsync(NodeConnection? lead, bool async)
    {
        Transaction = null;
        await EndFollowerAsync(async).ConfigureAwait(false);
        // A half that the server has never heard of has nothing to commit.
        if (lead is not null && lead.EndTransaction())
            await lead.ExecuteAsync("COMMIT", async, CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask CommitWritesAsync(NodeConnection lead, SessionTransaction transaction, bool async)
    {
        var follower = Formation.Follower is { } node && Of(node) is { InTransaction: true, IsOpen: true } half ? half : null;
        try
        {
            await CommitProtocol.CommitAsync(
                this, lead, follower, new CommitUnit(transaction.Tables, transaction.Writes, transaction.BeginSql, IsFenced: false), async).ConfigureAwait(false);
        }
        finally
        {
            Transaction = null;
            lead.EndTransaction();
            follower?.EndTransaction();
        }
    }

    // A half that has only read, as for the value of a session variable: there is nothing to lose.
    private async ValueTask EndFollowerAsync(bool async)
    {
        if (Formation.Follower is { } node && Of(node) is { } follower && follower.EndTransaction())
            await EndAsync(follower, "COMMIT", async).ConfigureAwait(false);
    }

    // A half on a node that is out by now, or that was out, would hold its locks.
    private async ValueTask ReleaseRetiredAsync(bool async)
    {
        if (Of(Mirror.Other(Formation.Lead)) is { IsRetired: true } retired)
            await ReleaseAsync(retired, mustRollBack: false, async).ConfigureAwait(false);
    }

    /// <summary>Rolls back what is open, if anything is.</summary>
    public async ValueTask RollbackAsync(bool async)
    {
        await RollbackHalvesAsync(async).ConfigureAwait(false);
        Transaction = null;
    }

    /// <summary>Rolls back both halves and keeps the transaction, which can do nothing any more.</summary>
    public async ValueTask RollbackHalvesAsync(bool async)
    {
        foreach (var connection in new[] { _primary, _standby })
        {
            if (connection is not null && connection.EndTransaction())
                await EndAsync(connection, "ROLLBACK", async).ConfigureAwait(false);
        }
    }

    /// <summary>Rolls back one half, which may run everything again.</summary>
    public async ValueTask RollBackHalfAsync(NodeConnection half, bool async)
    {
        half.EndTransaction();
        half.HoldsWrite = false;
        await EndAsync(half, "ROLLBACK", async).ConfigureAwait(false);
    }

    private async ValueTask EndAsync(NodeConnection connection, string sql, bool async)
    {
        try
        {
            await connection.ExecuteAsync(sql, async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (connection.Classify(e) is not FailureKind.Misuse)
        {
            // The server rolls back by itself when the connection goes.
            await DropAsync(connection, async).ConfigureAwait(false);
        }
    }

    /// <summary>SAVEPOINT, ROLLBACK TO and RELEASE, on both halves.</summary>
    public async ValueTask SavepointAsync(string sql, bool async, CancellationToken cancellationToken)
    {
        if (Transaction?.Poison is { } poison)
            throw TransactionErrors.Poisoned(poison);
        if (Transaction is null)
        {
            // Outside a transaction a savepoint lives and dies with its statement; the server still checks the name.
            var any = await LeadAsync(async, cancellationToken).ConfigureAwait(false);
            await any.ExecuteAsync(sql, async, cancellationToken).ConfigureAwait(false);
            return;
        }

        var lead = await LeadAsync(async, cancellationToken).ConfigureAwait(false);
        NodeConnection? follower = null;
        if (Formation.Follower is not null)
            (lead, follower) = await PairAsync(async, cancellationToken).ConfigureAwait(false);
        if (Transaction.Poison is { } broken)
            throw TransactionErrors.Poisoned(broken);
        if (follower is not null)
            await JoinAsync(Transaction, follower, async).ConfigureAwait(false);
        try
        {
            await lead.ExecuteAsync(sql, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (lead.Classify(e) is not (FailureKind.Statement or FailureKind.Misuse))
        {
            await FailAsync(TransactionErrors.ConnectionLost(lead.Node, e)).ConfigureAwait(false);
        }

        Transaction.Ran(sql);
        if (follower is null)
            return;
        try
        {
            await follower.ExecuteAsync(sql, async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await FailAsync(TransactionErrors.HalvesDiffer(follower.Node, e)).ConfigureAwait(false);
        }

        async ValueTask FailAsync(MirroredDbException failure)
        {
            Transaction.Fail(failure);
            await RollbackHalvesAsync(async).ConfigureAwait(false);
            throw failure;
        }
    }

    /// <summary>Lets the follower take part. What has been written without it, it runs now: the lead's locks are held.</summary>
    /// <exception cref="MirroredDbException">The half that it had is gone.</exception>
    public async ValueTask JoinAsync(SessionTransaction transaction, NodeConnection follower, bool async)
    {
        if (follower.InTransaction)
            return;
        if (!transaction.HasWritten)
        {
            follower.Begin(transaction.BeginSql);
            return;
        }

        try
        {
            await RunAgainAsync(follower, transaction.BeginSql, transaction.Tables, transaction.Writes, async).ConfigureAwait(false);
        }
        catch (MirroredDbException e)
        {
            transaction.Fail(e);
            await RollbackHalvesAsync(async).ConfigureAwait(false);
            throw;
        }
    }
}
