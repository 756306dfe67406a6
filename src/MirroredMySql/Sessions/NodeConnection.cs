using System.Data;
using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>A session's physical connection to one node, and what is still to be said on it before anything else.</summary>
internal sealed class NodeConnection(Node node, DbConnection physical)
{
    private readonly Line? _line = Line.Of(physical);
    private string _deferred = "";
    private string? _unsentBegin;
    private (string Deferred, string? Begin) _taken;

    public Node Node { get; } = node;

    public DbConnection Physical { get; } = physical;

    /// <summary>Whether a transaction is open on the server, or will be with the next packet.</summary>
    public bool InTransaction { get; private set; }

    /// <summary>Whether a transaction is open on the server already.</summary>
    public bool HasBegun => InTransaction && _unsentBegin is null;

    /// <summary>Whether a write's own transaction may be open on the server, begun and not yet known to be over.</summary>
    public bool HoldsWrite { get; set; }

    public bool IsOpen => Physical.State is not (ConnectionState.Closed or ConnectionState.Broken) && _line is not { IsBroken: true };

    /// <summary>
    /// Whether its node has been out of the formation since it was opened: it lacks what the session has set and written meanwhile, and is only
    /// there to be released.
    /// </summary>
    public bool IsRetired { get; private set; }

    public void Retire() => IsRetired = true;

    /// <summary>Keeps SQL for the next packet, where it costs no round trip. It must not fail and not return rows.</summary>
    public void Defer(string sql) => _deferred += sql;

    /// <summary>Starts a transaction with the next packet.</summary>
    public void Begin(string sql)
    {
        _unsentBegin = sql;
        InTransaction = true;
    }

    /// <summary>What was kept for the next packet; the caller sends it.</summary>
    public string TakeDeferred()
    {
        _taken = (_deferred, _unsentBegin);
        (_deferred, _unsentBegin) = ("", null);
        return _taken.Deferred + _taken.Begin;
    }

    /// <summary>Takes back what was taken last, because the driver refused that very packet before it was sent.</summary>
    public void RestoreDeferred() => (_deferred, _unsentBegin) = (_taken.Deferred + _deferred, _unsentBegin ?? _taken.Begin);

    /// <summary>The transaction is over on this node.</summary>
    /// <returns>False when the server has never heard of it, so that there is nothing to end there.</returns>
    public bool EndTransaction()
    {
        var sent = HasBegun;
        (InTransaction, _unsentBegin) = (false, null);
        return sent;
    }

    /// <summary>The server's number of the connection, or 0 where the driver does not tell it.</summary>
    public long ServerThread { get; } = DriverCommand.ServerThread(physical);

    public FailureKind Classify(Exception exception) =>
        Fence.IsStale(exception) ? FailureKind.Stale : DriverFailure.Classify(exception, Physical);

    /// <summary>Whether an error has made the server roll back the whole transaction, not just the statement.</summary>
    public bool RolledBack(Exception exception) =>
        Classify(exception) == FailureKind.Deadlock
        && (DriverFailure.Number(exception) != DriverFailure.LockTimeout || Node.Facts is { RollsBackOnLockTimeout: true });

    /// <summary>Sends what was deferred, if anything was. Not cancelled: half of it would be lost with it.</summary>
    public ValueTask FlushAsync(bool async) =>
        _deferred.Length == 0 && _unsentBegin is null ? default : ExecuteAsync("", async, CancellationToken.None);

    /// <summary>Sends SQL of our own that returns no rows, behind what was deferred.</summary>
    public async ValueTask ExecuteAsync(string sql, bool async, CancellationToken cancellationToken)
    {
        using var command = Physical.CreateCommand();
        command.CommandText = TakeDeferred() + sql;
        await command.NonQueryAsync(async, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync(bool async) => Physical.Ending(async).DisposeAsync();
}
