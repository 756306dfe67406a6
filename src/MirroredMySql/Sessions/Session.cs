using System.Data;
using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// The pair of physical connections behind one open <see cref="MirroredDbConnection"/>. The second one opens when the first write
/// needs it. Not thread-safe, as no ADO.NET connection is.
/// </summary>
internal sealed partial class Session(Mirror mirror, WriteRetry retry)
{
    private const string LeadLockTimeout = "SET innodb_lock_wait_timeout=DEFAULT;";

    private readonly List<RecordedWrite> _recorded = [];
    private readonly HashSet<Node> _met = []; // the nodes that the session has ever been connected to
    private NodeConnection? _primary;
    private NodeConnection? _standby;
    private Node? _reader;
    private string? _database;
    private MirroredDbException? _lost; // why the session can do nothing more, once its state on the lead is gone
    private bool _hasWrittenAlone; // or changed, while the other node was absent
    private int _isInUse;

    public Mirror Mirror { get; } = mirror;

    public WriteRetry Retry { get; } = retry;

    public Formation Formation { get; private set; } = mirror.Formation;

    public SessionTransaction? Transaction { get; set; }

    /// <summary>False after SET autocommit=0: every statement then opens a transaction.</summary>
    public bool Autocommit { get; set; } = true;

    /// <summary>Whether LOCK TABLES is in force. START TRANSACTION would release the locks, so writes go without one.</summary>
    public bool HoldsTableLocks { get; set; }

    /// <summary>What LAST_INSERT_ID() gives in this session, on both nodes.</summary>
    public ulong LastInsertId { get; set; }

    /// <summary>How this session's server reads SQL text.</summary>
    public SqlSyntax Syntax { get; set; }

    /// <summary>The current database: the node's own, until the session chooses another one.</summary>
    public string Database => _database ?? Formation.Lead.ConnectionString.Database;

    /// <summary>Whether it holds what no statement could bring back on a new connection: temporary tables, locks, values read from tables.</summary>
    public bool HoldsUnrepeatableState { get; set; }

    /// <summary>Whether user variables hold what each node has read from its own tables, or its own clock.</summary>
    public bool HasVariablesFromData { get; set; }

    /// <summary>Whether it holds named locks, which are on the lead only.</summary>
    public bool HoldsLocks { get; set; }

    /// <summary>Whether its connections carry something that their next user must not find.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Why whatever this session writes may differ between the nodes, or null: its two halves are not alike.</summary>
    public string? Doubt { get; set; }

    /// <summary>Whether reads have to stay on the lead, because something of this session is only there or was written there.</summary>
    public bool IsPinned { get; set; }

    /// <summary>The connection that answers: the lead's, or the one that the session has read from so far. Null when none is open.</summary>
    public NodeConnection? Answering => Of(IsPinned || _reader is null ? Formation.Lead : _reader) ?? _primary ?? _standby;

    /// <summary>Marks the session as in use until the result is disposed. Two threads on one connection would read each other's answers.</summary>
    /// <exception cref="InvalidOperationException">It is in use.</exception>
    public InUse Use() => Interlocked.Exchange(ref _isInUse, 1) == 0
        ? new InUse(this)
        : throw new InvalidOperationException("The connection is in use by another command. A connection serves one at a time.");

    internal readonly struct InUse(Session session) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref session._isInUse, 0);
    }

    /// <summary>Takes a command apart, by the way in which this session's server reads it.</summary>
    public ScriptedCommand Script(CallerCommand caller, string text) => new(caller, caller.Own.CommandType switch
    {
        CommandType.StoredProcedure => SqlScript.OfProcedure(text),
        CommandType.TableDirect => SqlScript.OfTable(text),
        _ => Mirror.Scripts.Get(text, Syntax),
    });

    /// <summary>Opens the one physical connection that a session starts with.</summary>
    public async ValueTask OpenAsync(bool async, CancellationToken cancellationToken)
    {
        await Mirror.StartAsync(async, cancellationToken).ConfigureAwait(false);
        Formation = Mirror.Formation;
        _reader = Mirror.ChooseReader();
        await ReaderAsync(async, cancellationToken).ConfigureAwait(false);
        Syntax = Mirror.Syntax;
    }

    /// <summary>Makes another database the current one, on the connections that are open and on those that will be.</summary>
    public async ValueTask UseAsync(string database, bool async, CancellationToken cancellationToken)
    {
        IsPinned = IsDirty = true;
        var lead = await LeadAsync(async, cancellationToken).ConfigureAwait(false);
        NodeConnection? follower = null;
        if (Formation.Follower is not null)
            (lead, follower) = await PairAsync(async, cancellationToken).ConfigureAwait(false);
        var use = $"USE {Identifier.Quote(database)}";
        await lead.ExecuteAsync(use, async, cancellationToken).ConfigureAwait(false);
        try
        {
            if (follower is not null)
                await follower.ExecuteAsync(use, async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Neither half may stay behind in another database than the other: both start again in the one that was current.
            await ReleaseAsync(follower!, mustRollBack: false, async).ConfigureAwait(false);
            await ReleaseAsync(lead, mustRollBack: false, async).ConfigureAwait(false);
            throw NodeErrors.CannotUse(follower!.Node, database, e);
        }

        _database = database;
        if (Transaction is { HasWritten: true } writing)
            writing.ChangesSession = true;
    }

    /// <summary>The connection for a read that needs no particular node.</summary>
    public async ValueTask<NodeConnection> ReaderAsync(bool async, CancellationToken cancellationToken)
    {
        if (!IsPinned && Transaction is null && _reader is { } reader && reader != Formation.Lead)
        {
            AdoptFormation();
            if (Formation.Contains(reader) && Mirror.IsFresh && await ConnectAsync(reader, async, cancellationToken).ConfigureAwait(false) is { } connection)
                return connection;
            _reader = null;
        }

        return await LeadAsync(async, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The connection to the lead; when the lead cannot be reached, to the node that takes over.</summary>
    /// <exception cref="MirroredDbException">No node can serve.</exception>
    public async ValueTask<NodeConnection> LeadAsync(bool async, CancellationToken cancellationToken)
    {
        while (true)
        {
            AdoptFormation();
            Formation.RequireDecided();
            var lead = Formation.Lead;
            if (await ConnectAsync(lead, async, cancellationToken).ConfigureAwait(false) is { } connection)
                return connection;
            if (Mirror.Formation.Lead == lead)
            {
                var other = Mirror.Other(lead);
                throw Mirror.Options.FailoverPolicy != FailoverPolicy.Manual && other.LastError is { } otherError
                    ? NodeErrors.NeitherAnswers(lead, lead.LastError!, other, otherError)
                    : NodeErrors.CannotReach(lead, lead.LastError!);
            }
        }
    }

    /// <summary>The connections for a write: the lead's, and the follower's unless it is absent.</summary>
    public async ValueTask<(NodeConnection Lead, NodeConnection? Follower)> PairAsync(bool async, CancellationToken cancellationToken)
    {
        IsPinned = true;
        while (true)
        {
            var lead = await LeadAsync(async, cancellationToken).ConfigureAwait(false);
            var formation = Formation;
            if (formation.Follower is null)
            {
                _hasWrittenAlone = true;
                await ReleaseRetiredAsync(async).ConfigureAwait(false);
                return (lead, null);
            }

            if (await ConnectAsync(formation.Follower, async, cancellationToken).ConfigureAwait(false) is { } follower)
                return (lead, follower);
            if (Mirror.Formation == formation)
                throw NodeErrors.CannotLose(formation.Follower, formation.Lead, formation.Lead.LastError ?? formation.Follower.LastError!);
        }
    }

    /// <summary>The open connection to a node, or null.</summary>
    public NodeConnection? Of(Node node) => node == Mirror.Primary ? _primary : _standby;

    /// <summary>The session has taken from this moment, or this node, what a follower's connection that opens later cannot be given.</summary>
    public void NoteAlone() => _hasWrittenAlone = true;

    /// <summary>Keeps a session statement for a connection that opens later.</summary>
    public void Remember(RecordedWrite statement)
    {
        // The same text again (SET NAMES before each query) takes the place of the former: what it sets is what counts.
        if (statement.Parameters.Count == 0)
            _recorded.RemoveAll(former => former.Parameters.Count == 0 && former.Text == statement.Text);
        _recorded.Add(statement);
    }

    /// <summary>
    /// Follows a change of formation. A transaction whose lead is gone goes on with the follower's half when that half has run the
    /// same statements and nothing was read on the lost one; otherwise it fails.
    /// </summary>
    public void AdoptFormation()
    {
        var current = Mirror.Formation;
        if (current == Formation)
            return;
        var former = Formation;
        Formation = current;
        // Where epochs have come and gone unseen, the other node may have been out in one of them.
        if (current.Follower is null || former.Follower is null || current.State.Previous != former.Token)
            Of(Mirror.Other(current.Lead))?.Retire();
        if (current.Follower is { } follower && follower != former.Follower)
            Of(follower)?.Defer(FollowerLockTimeout);
        if (current.Lead == former.Lead)
            return;
        if (Transaction is { } transaction)
            Promote(transaction, former);
        Of(current.Lead)?.Defer(LeadLockTimeout);
        if (HoldsLocks)
            _lost ??= TransactionErrors.SessionLost(former.Lead);
    }

    /// <summary>Gives a connection up: what was open on it is rolled back by its server.</summary>
    public async ValueTask DropAsync(NodeConnection connection, bool async)
    {
        if (_primary == connection)
            _primary = null;
        else if (_standby == connection)
            _standby = null;
        try
        {
            await connection.DisposeAsync(async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.ConnectionDropped(Mirror.Logger, e, connection.Node.Name);
        }
    }

    /// <summary>Rolls back what is open and gives a connection back to its pool.</summary>
    public async ValueTask ReleaseAsync(NodeConnection connection, bool mustRollBack, bool async)
    {
        try
        {
            // Neither driver rolls back, on return to the pool, a transaction that was started by SQL text. And what a session holds
            // no SQL clears, and not every driver does: RELEASE ends it at the server, and the pool finds a dead connection.
            var hasTransaction = connection.EndTransaction() || connection.HoldsWrite || mustRollBack;
            connection.HoldsWrite = false;
            var mustEnd = IsDirty && !connection.Node.ConnectionString.ClearsSessions;
            if (connection.IsOpen && (hasTransaction || mustEnd))
                await connection.ExecuteAsync(mustEnd ? "ROLLBACK RELEASE" : "ROLLBACK", async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.ConnectionDropped(Mirror.Logger, e, connection.Node.Name);
        }

        await DropAsync(connection, async).ConfigureAwait(false);
    }

    /// <summary>Rolls back what is open and gives both connections back to their pools.</summary>
    public async ValueTask CloseAsync(bool async)
    {
        Transaction = null;
        if (_primary is { } primary)
            await ReleaseAsync(primary, mustRollBack: false, async).ConfigureAwait(false);
        if (_standby is { } standby)
            await ReleaseAsync(standby, mustRollBack: false, async).ConfigureAwait(false);
        if (_writer is { } writer)
            Mirror.Writers.Return(writer);
        _writer = null;
    }

    private string FollowerLockTimeout => $"SET innodb_lock_wait_timeout={(int)Mirror.Options.FollowerLockTimeout.TotalSeconds};";

    private void Promote(SessionTransaction transaction, Formation former)
    {
        var lead = Of(Formation.Lead);
        if (!transaction.HasRead && !transaction.HasWritten)
        {
            lead?.EndTransaction();
            lead?.Begin(transaction.BeginSql);
        }
        else if (transaction.HasRead || !transaction.FollowerIsComplete || lead is not { InTransaction: true, IsOpen: true })
        {
            transaction.Fail(TransactionErrors.LeadLost(former.Lead));
        }
    }

    // Null when the node cannot be reached; the formation has then changed, unless there is no other.
    private async ValueTask<NodeConnection?> ConnectAsync(Node node, bool async, CancellationToken cancellationToken)
    {
        if (_lost is not null && Transaction is null)
            throw _lost;
        var connection = Of(node);
        if (connection is { IsOpen: true, IsRetired: false, HoldsWrite: false })
            return connection;
        if (connection is not null)
            await ReleaseAsync(connection, mustRollBack: false, async).ConfigureAwait(false);
        if (node == Formation.Lead)
            LoseLeadState(node);
        if (await TryOpenAsync(node, async, cancellationToken).ConfigureAwait(false) is not { } physical)
            return null;
        connection = new NodeConnection(node, physical);
        if (node == Mirror.Primary)
            _primary = connection;
        else
            _standby = connection;
        try
        {
            await IntroduceAsync(connection, async).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync(connection, mustRollBack: false, async).ConfigureAwait(false);
            throw;
        }

        return connection;
    }

    private async ValueTask<DbConnection?> TryOpenAsync(Node node, bool async, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return await node.OpenAsync(async, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (!NodeErrors.SpeaksAgainst(node, e, cancellationToken))
                    throw;
                if (!isFirst || DriverFailure.IsFull(e))
                {
                    await Mirror.LoseAsync(node, e, "connecting", async).ConfigureAwait(false);
                    return null;
                }

                // It may have been this connection only, which somebody has ended, or which the pool had kept for too long.
                if (!await Mirror.AnswersAsync(node, e, "connecting", async).ConfigureAwait(false))
                    return null;
            }
        }
    }

    // Whatever was on the lead's former connection is gone. A session that has just been opened has nothing there.
    private void LoseLeadState(Node node)
    {
        if (HoldsUnrepeatableState)
            _lost ??= TransactionErrors.SessionLost(node);
        if (Transaction is { } transaction && (transaction.HasRead || transaction.HasWritten))
            transaction.Fail(TransactionErrors.ConnectionLost(node));
        else if (_lost is not null)
            throw _lost;
    }

    // Brings a new connection to the state that the session has.
    private async ValueTask IntroduceAsync(NodeConnection connection, bool async)
    {
        var node = connection.Node;
        if (node.Facts is { } facts)
            connection.Defer(facts.Prologue(Mirror.Primary.Facts ?? facts));
        // Where the driver clears no sessions, a connection that was a follower's may have become the lead's.
        if (node == Formation.Lead && Mirror.LeadHasChanged && !node.ConnectionString.ClearsSessions)
            connection.Defer(LeadLockTimeout);
        else if (node == Formation.Follower)
            connection.Defer(FollowerLockTimeout);
        var isAgain = !_met.Add(node);
        if ((isAgain || _hasWrittenAlone) && HoldsUnrepeatableState && node == Formation.Follower)
            Doubt = $"the session has temporary tables or variables that its writes may depend on, and its connection to the {node.Role.Name()} is a new one";
        if (_database is not null)
            await connection.ExecuteAsync($"USE {Identifier.Quote(_database)}", async, CancellationToken.None).ConfigureAwait(false);
        if (LastInsertId != 0)
            connection.Defer(FormattableString.Invariant($"SET last_insert_id={LastInsertId};"));
        if (_recorded.Count > 0)
            await connection.FlushAsync(async).ConfigureAwait(false);
        await ReplayAsync(connection, async).ConfigureAwait(false);
        if (Transaction is { } transaction && node == Formation.Lead)
            connection.Begin(transaction.BeginSql);
    }

    private async ValueTask ReplayAsync(NodeConnection connection, bool async)
    {
        try
        {
            foreach (var statement in _recorded)
                await statement.RunAsync(connection.Physical, async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (connection.IsOpen && connection.Node == Formation.Follower && connection.Classify(e) is not FailureKind.Misuse)
        {
            // The lead took the statement long ago; that the follower does not is no error of the caller's present statement.
            Doubt ??= $"the {connection.Node.Role.Name()} refused a session statement that the other node took";
        }
    }
}
