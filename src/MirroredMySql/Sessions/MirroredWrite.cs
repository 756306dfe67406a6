using System.Data;
using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// One write, carried out on both nodes. It reads as the protocol does: the lead runs the statement, the follower runs it again with
/// what the lead's run has decided, the outcomes are compared, and an autocommit write is committed on both.
/// </summary>
internal sealed partial class MirroredWrite : IUnfinished
{
    // The drivers limit what the server does for these (sql_select_limit), on one node only.
    private const CommandBehavior NotForWrites = CommandBehavior.SchemaOnly | CommandBehavior.SingleRow;

    private readonly Session _session;
    private readonly Statement _statement;
    private readonly CallerCommand _caller;
    private readonly StatementContext _context;
    private StatementRun _run = null!;
    private readonly SessionTransaction? _transaction;
    private NodeConnection _lead = null!;
    private NodeConnection? _follower;

    /// <summary>Whether anything of it may have reached a server.</summary>
    private bool _isUnderWay;

    /// <summary>Whether the caller has got rows of it already, so that it cannot be run again behind the caller's back.</summary>
    private bool _isStreamed;

    public MirroredWrite(Session session, Statement statement, CallerCommand caller)
    {
        _session = session;
        _statement = statement;
        _caller = caller;
        _context = new StatementContext(statement, session.LastInsertId);
        _transaction = session.Transaction;
    }

    /// <summary>The locks under which a schema change runs, or null.</summary>
    public SchemaLock? SchemaLock { get; init; }

    /// <summary>What keeps the epoch as it is while it runs, where no transaction does, or null.</summary>
    public EpochFence? EpochFence { get; init; }

    /// <summary>The tables of a schema change, which its text need not name. Empty when there are none.</summary>
    public IReadOnlyList<string> ChangedTables { get; init; } = [];

    /// <summary>Whether this write is a transaction of its own, opened and committed here.</summary>
    private bool IsOwnTransaction => _transaction is null && _statement.Kind == StatementKind.Write && !_session.HoldsTableLocks;

    /// <summary>Whether a rollback undoes it. Schema changes and writes under LOCK TABLES are there to stay.</summary>
    private bool IsReversible => IsOwnTransaction || _transaction is not null;

    /// <summary>Runs the write to its end.</summary>
    /// <returns>What the lead reported.</returns>
    /// <exception cref="WriteAgainException">It was rolled back on both nodes and may be run again.</exception>
    public async ValueTask<WriteOutcome> RunAsync(bool async, CancellationToken cancellationToken)
    {
        await ConnectAsync(async, cancellationToken).ConfigureAwait(false);
        WriteOutcome outcome;
        try
        {
            await TreatAsync(async, cancellationToken).ConfigureAwait(false);
            await AnnounceAsync(async).ConfigureAwait(false);
            outcome = await _run.OnLeadAsync(_lead, Open(_lead), async, cancellationToken).ConfigureAwait(false);
            // A killed SLEEP() gives another value instead of an error, and so may whatever else the cancellation has cut short.
            if (IsReversible)
                cancellationToken.ThrowIfCancellationRequested();
            await ProbeCallAsync(async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw await FailedOnLeadAsync(e, async).ConfigureAwait(false);
        }

        // From here on the caller's cancellation is not heard: the lead has run the statement, and the follower has to catch up.
        await CompleteAsync(outcome, async).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Runs the write on the lead and hands out its rows. When they are read, <see cref="FinishAsync"/> does the rest.</summary>
    public async ValueTask<NodeReader> StartAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        _isStreamed = true;
        await ConnectAsync(async, cancellationToken).ConfigureAwait(false);
        try
        {
            await TreatAsync(async, cancellationToken).ConfigureAwait(false);
            await AnnounceAsync(async).ConfigureAwait(false);
            return await _run.StartOnLeadAsync(_lead, Open(_lead), behavior & ~NotForWrites, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw await FailedOnLeadAsync(e, async).ConfigureAwait(false);
        }
    }

    /// <summary>The second half of <see cref="StartAsync"/>.</summary>
    /// <param name="affected">The affected rows that the lead's reader reported.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public async ValueTask FinishAsync(int affected, bool async)
    {
        WriteOutcome outcome;
        try
        {
            outcome = await _run.ReadBackAsync(_lead, affected, async).ConfigureAwait(false);
            await ProbeCallAsync(async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw await FailedOnLeadAsync(e, async).ConfigureAwait(false);
        }

        await CompleteAsync(outcome, async).ConfigureAwait(false);
    }

    /// <summary>What to throw when the lead failed while its rows were read.</summary>
    public ValueTask<Exception> FailedAsync(Exception exception, bool async) => FailedOnLeadAsync(exception, async);

    private async ValueTask ConnectAsync(bool async, CancellationToken cancellationToken)
    {
        DriverCommand.BufferStreams(_caller.Own.Parameters);
        cancellationToken.ThrowIfCancellationRequested();
        do
            (_lead, _follower) = await _session.PairAsync(async, cancellationToken).ConfigureAwait(false);
        while (_follower is null && IsOwnTransaction && !await _session.IsKnownToAllAsync(async).ConfigureAwait(false)); // before the fence, which would keep that from being written down
        if (EpochFence is { } fence && (!fence.IsHeld || fence.Token != _session.Formation.Token))
            throw new WriteAgainException(TransactionErrors.EpochChanged(_lead.Node, null));
        if (_transaction?.Poison is { } poison)
            throw TransactionErrors.Poisoned(poison);
        if (_transaction is not null && _follower is not null)
            await _session.JoinAsync(_transaction, _follower, async).ConfigureAwait(false);
    }

    /// <summary>What goes before everything else on a node. From here on the connection may hold a transaction that nobody else knows of.</summary>
    private string Open(NodeConnection connection)
    {
        _isUnderWay = true;
        connection.HoldsWrite |= IsOwnTransaction;
        return (IsOwnTransaction ? _beginSql : "") + (IsCall && IsReversible ? $"SAVEPOINT {CallSavepoint};" : "") + FenceChange(connection);
    }

    // A process that falls asleep between the nodes can lose the fence's connections behind its back, so that the change itself comes with a
    // look at the token. Under LOCK TABLES no other table can be read.
    private string FenceChange(NodeConnection connection) =>
        EpochFence is null || _session.HoldsTableLocks || (SchemaLock is { HoldsTables: true } && connection == _lead)
            ? ""
            : $"SET {Fence.Assignment(connection.Node, EpochFence.Token)};COMMIT;";

    private async ValueTask CompleteAsync(WriteOutcome outcome, bool async)
    {
        try
        {
            var write = _run.Record(_followerVariables) with
            {
                ReadsTables = _treatment.ReadsTables,
                IsDoubtful = FirstDoubt is not null,
                Sources = _treatment.Sources,
                CommitsInside = _hasCommittedInside,
                Affected = _run.IsOnePacket && EndsWithRollback ? outcome.Affected : null,
            };
            _transaction?.Wrote(_treatment.Tables, write);
            ProtocolSteps.Reached(ProtocolSteps.LeadRan);
            if (_follower is not null)
                await FollowAsync(_follower, outcome, async).ConfigureAwait(false);
            else
                await CompareIdsAloneAsync(outcome.Affected, async).ConfigureAwait(false);
            ProtocolSteps.Reached(ProtocolSteps.FollowerRan);
            NoteDoubts();
            _session.LastInsertId = _context.LastInsertId;
            _caller.LastInsertedId = outcome.InsertId;
            _session.Aftermath = new Aftermath(outcome.Affected, outcome.Warnings);
            if (IsOwnTransaction)
                await CommitProtocol.CommitAsync(_session, _lead, _follower, new CommitUnit(_treatment.Tables, [write], _beginSql, IsFencedAtOnce), async).ConfigureAwait(false);
            else
                await ConfirmAsync(write, async).ConfigureAwait(false);
        }
        finally
        {
            // Whatever has come in between: no connection goes on with a transaction that the next statement would commit.
            await EndAsync(_lead, async).ConfigureAwait(false);
            await EndAsync(_follower, async).ConfigureAwait(false);
        }
    }

    private async ValueTask EndAsync(NodeConnection? connection, bool async)
    {
        if (connection is { HoldsWrite: true })
            await _session.ReleaseAsync(connection, mustRollBack: true, async).ConfigureAwait(false);
    }

    private async ValueTask FollowAsync(NodeConnection follower, WriteOutcome expected, bool async)
    {
        try
        {
            Compare(expected, await RunOnFollowerAsync(follower, async).ConfigureAwait(false));
            await CompareIdsAsync(expected.Affected, async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await FailedOnFollowerAsync(follower, e, async).ConfigureAwait(false);
        }
    }

    private async ValueTask CompareIdsAloneAsync(int affected, bool async)
    {
        try
        {
            await CompareIdsAsync(affected, async).ConfigureAwait(false);
        }
        catch (Exception e) when (_lead.IsOpen && _lead.Classify(e) is not (FailureKind.ConnectionLost or FailureKind.NodeUnavailable))
        {
            Suspect($"{VerbText} … SELECT got automatic ids that could not be looked at.", e);
        }
        catch (Exception e)
        {
            throw await FailedOnLeadAsync(e, async).ConfigureAwait(false);
        }
    }

    private async ValueTask<WriteOutcome> RunOnFollowerAsync(NodeConnection follower, bool async)
    {
        try
        {
            return await _run.OnFollowerAsync(follower, _followerVariables + Open(follower), async).ConfigureAwait(false);
        }
        catch (DbException e) when (SchemaLock is not null && DriverFailure.Number(e) == DriverFailure.LockTimeout)
        {
            // Somebody on the follower may be waiting for somebody who waits for our locks on the lead: let those go, and wait here.
            await SchemaLock.UnlockTablesAsync(async).ConfigureAwait(false);
            Suspect($"{VerbText} had to wait on the follower, and writers may have come between.");
            return await _run.OnFollowerAsync(follower, "SET lock_wait_timeout=DEFAULT;" + FenceChange(follower), async).ConfigureAwait(false);
        }
    }

    // A difference is the operator's business, not the caller's: the caller gets the lead's result.
    private void Compare(WriteOutcome lead, WriteOutcome follower)
    {
        if (lead.Affected != follower.Affected)
            Suspect($"{VerbText} affected {lead.Affected} rows on the lead and {follower.Affected} on the follower.");
        else if (lead.InsertId != follower.InsertId)
            Suspect($"{VerbText} gave insert id {lead.InsertId} on the lead and {follower.InsertId} on the follower.");
        else if (lead.Warnings != follower.Warnings && WarnsAlike)
            Suspect($"{VerbText} gave {lead.Warnings} warnings on the lead and {follower.Warnings} on the follower.");
    }

    // Around a procedure's name the drivers ask for its parameters first, and may be warned about that.
    private bool WarnsAlike => _caller.IsText && _session.Mirror.NodesWarnAlike;

    /// <summary>Records why equal outcomes prove nothing, and what this write has left in the session.</summary>
    private void NoteDoubts()
    {
        if (_session.Doubt is { } doubt)
            Suspect($"{VerbText}: {doubt}.");
        foreach (var each in Doubts)
            Suspect(each.Tables, $"{VerbText}: {each.Reason}.");

        var assigns = _treatment.AssignsVariables || _statement.Traits.HasFlag(StatementTraits.AssignsUserVariables);
        var runsCode = IsCall || _statement.Traits.HasFlag(StatementTraits.PotentialStoredFunction);
        if (assigns || (runsCode && _caller.UsesVariables(_statement)))
            _session.IsDirty = _session.HoldsUnrepeatableState = true;
        _session.HasVariablesFromData |= assigns || runsCode;
    }

    private string VerbText => _statement.Verb.ToString().ToUpperInvariant();

    private IReadOnlyList<string> Tables => ChangedTables.Count > 0 ? ChangedTables : _treatment?.Tables ?? _session.Placed(_statement.Tables);

    private void Suspect(string reason, Exception? cause = null) => Suspect(Tables, reason, cause);

    private void Suspect(IReadOnlyCollection<string> tables, string reason, Exception? cause = null)
    {
        var lasting = tables.Where(t => !_session.IsTemporary(t)).ToList();
        // Nobody can copy a temporary table, and what the session writes from here on may come from there.
        if (lasting.Count < tables.Count)
            _session.Doubt ??= $"it may come from a temporary table that differs ({reason.TrimEnd('.')})";
        if (lasting.Count > 0 || tables.Count == 0)
            _session.Mirror.Suspects.Add(lasting, reason, cause);
    }
}
