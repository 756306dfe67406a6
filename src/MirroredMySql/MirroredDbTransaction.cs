using System.Data;
using System.Data.Common;
using MirroredMySql.Sessions;
using MirroredMySql.Sql;

namespace MirroredMySql;

/// <summary>
/// A transaction on both nodes. Both halves are committed in parallel; a deadlock on either node rolls both back. Not thread-safe.
/// </summary>
public sealed class MirroredDbTransaction : DbTransaction
{
    private readonly MirroredDbConnection _connection;
    private bool _isOver;
    private bool _hasFailedToCommit;

    internal MirroredDbTransaction(MirroredDbConnection connection, IsolationLevel isolationLevel)
    {
        _connection = connection;
        IsolationLevel = isolationLevel == IsolationLevel.Unspecified ? IsolationLevel.RepeatableRead : isolationLevel;
    }

    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel { get; }

    /// <inheritdoc/>
    public override bool SupportsSavepoints => true;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => _isOver ? null : _connection;

    /// <summary>Commits on both nodes; on the lead while the other one is absent.</summary>
    /// <exception cref="MirroredDbException">
    /// An earlier error, a lost connection or a change of epoch has left nothing to commit (as a rule
    /// <see cref="MirroredDbException.IsTransient"/>); or nobody could be asked whether the COMMIT has arrived, or it could not be made sure
    /// which node counts (<see cref="MirroredDbException.IsInDoubt"/>).
    /// </exception>
    /// <exception cref="DbException">The lead has refused the COMMIT; the driver's own. The lead has nothing of it.</exception>
    /// <exception cref="InvalidOperationException">The transaction is over, or a reader is open.</exception>
    public override void Commit() => CommitCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Commit"/>
    /// <param name="cancellationToken">Heard before the COMMIT is sent, not after.</param>
    public override Task CommitAsync(CancellationToken cancellationToken = default) => CommitCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Rollback() => RollbackCoreAsync(async: false).Completed();

    /// <inheritdoc/>
    public override Task RollbackAsync(CancellationToken cancellationToken = default) => RollbackCoreAsync(async: true).AsTask();

    /// <inheritdoc/>
    public override void Save(string savepointName) => SavepointAsync("SAVEPOINT", savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        SavepointAsync("SAVEPOINT", savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Rollback(string savepointName) =>
        SavepointAsync("ROLLBACK TO SAVEPOINT", savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        SavepointAsync("ROLLBACK TO SAVEPOINT", savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Release(string savepointName) =>
        SavepointAsync("RELEASE SAVEPOINT", savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        SavepointAsync("RELEASE SAVEPOINT", savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isOver)
            RollbackCoreAsync(async: false).Completed();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_isOver)
            await RollbackCoreAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The connection is closed, and its session rolls back.</summary>
    internal void Abandon() => _isOver = true;

    private async ValueTask CommitCoreAsync(bool async, CancellationToken cancellationToken)
    {
        var session = Begun();
        cancellationToken.ThrowIfCancellationRequested();
        if (_connection.OpenReader is not null)
            throw MirroredDbConnection.ReaderIsOpen();
        End();
        try
        {
            using (session.Use())
                await session.CommitAsync(async).ConfigureAwait(false);
        }
        catch
        {
            _hasFailedToCommit = true;
            throw;
        }
    }

    private async ValueTask RollbackCoreAsync(bool async)
    {
        // catch { Rollback(); throw; } must not hide why the COMMIT failed, and there is nothing left to roll back.
        if (_hasFailedToCommit)
            return;
        var session = Begun();
        if (_connection.OpenReader is { } reader)
        {
            if (async)
                await reader.CloseAsync().ConfigureAwait(false);
            else
                reader.Close();
        }

        End();
        using (session.Use())
            await session.RollbackAsync(async).ConfigureAwait(false);
    }

    private async ValueTask SavepointAsync(string verb, string name, bool async, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var session = Begun();
        if (_connection.OpenReader is not null)
            throw MirroredDbConnection.ReaderIsOpen();
        using (session.Use())
            await session.SavepointAsync($"{verb} {Identifier.Quote(name)}", async, cancellationToken).ConfigureAwait(false);
    }

    private Session Begun() =>
        _isOver ? throw new InvalidOperationException("The transaction is over: it was committed, rolled back, or its connection was closed.") : _connection.Session;

    private void End()
    {
        _isOver = true;
        _connection.CurrentTransaction = null;
    }
}
