using System.Data;
using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;

namespace MirroredMySql;

/// <summary>Several commands in one go, in order. Each is mirrored as if it were executed alone. Not thread-safe.</summary>
public sealed class MirroredDbBatch : DbBatch
{
    private readonly MirroredDbProviderFactory _factory;
    private readonly MirroredDbBatchCommandCollection _commands = new();
    private MirroredDbConnection? _connection;
    private MirroredDbTransaction? _transaction;
    private int? _timeout;
    private readonly bool _opensConnection;
    private bool _isDisposed;

    /// <summary>Creates a batch for the installed driver.</summary>
    public MirroredDbBatch()
        : this(MirroredDbProviderFactory.Instance)
    {
    }

    internal MirroredDbBatch(MirroredDbProviderFactory factory) => _factory = factory;

    /// <summary>A batch with a closed connection of its own, which it opens for each execution.</summary>
    internal MirroredDbBatch(MirroredDbConnection own)
        : this(own.Factory) => (_connection, _opensConnection) = (own, true);

    /// <summary>The time to wait for each statement on each node, in seconds; 0 waits for ever. The default is the primary's setting, or 30.</summary>
    public override int Timeout
    {
        get => _timeout ?? _connection?.DefaultCommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeout = value;
        }
    }

    /// <inheritdoc/>
    protected override DbBatchCommandCollection DbBatchCommands => _commands;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value switch
        {
            _ when _opensConnection => throw new InvalidOperationException("A batch of a data source has a connection of its own."),
            null => null,
            MirroredDbConnection mirrored => mirrored,
            _ => throw new ArgumentException($"The connection must be a {nameof(MirroredDbConnection)}, not a {value.GetType().Name}.", nameof(value)),
        };
    }

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set => _transaction = value switch
        {
            null => null,
            MirroredDbTransaction mirrored => mirrored,
            _ => throw new ArgumentException($"The transaction must be a {nameof(MirroredDbTransaction)}, not a {value.GetType().Name}.", nameof(value)),
        };
    }

    /// <inheritdoc/>
    public override void Cancel()
    {
        if (_connection is not { State: ConnectionState.Open } connection)
            return;
        foreach (var command in _commands.Typed)
            command.Cancel(connection.Source.Mirror.Logger);
    }

    /// <summary>Does nothing: the statements travel as text.</summary>
    public override void Prepare()
    {
        if (!_opensConnection)
            Start(CommandBehavior.Default);
    }

    /// <inheritdoc cref="Prepare"/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Prepare();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => NonQueryCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) =>
        NonQueryCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override object? ExecuteScalar() => ScalarCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) =>
        ScalarCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ReaderCoreAsync(behavior, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ReaderCoreAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override DbBatchCommand CreateDbBatchCommand() => new MirroredDbBatchCommand(_factory);

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            foreach (var command in _commands.Typed)
                command.Release();
            if (_opensConnection)
                _connection?.Dispose();
        }

        base.Dispose();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private CommandRun Start(CommandBehavior behavior)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = _connection ?? throw new InvalidOperationException("The batch has no connection. Set Connection.");
        connection.RequireReady(_transaction);
        if (_commands.Count == 0)
            throw new InvalidOperationException("The batch has no commands. Add one to BatchCommands.");
        return new CommandRun(connection.Session, [.. _commands.Typed.Select(c => c.Script(connection.Session, Timeout))], behavior);
    }

    private async ValueTask<int> NonQueryCoreAsync(bool async, CancellationToken cancellationToken)
    {
        await OpenOwnAsync(async, cancellationToken).ConfigureAwait(false);
        try
        {
            return await Start(CommandBehavior.Default).RunToEndAsync(async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await CloseOwnAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<object?> ScalarCoreAsync(bool async, CancellationToken cancellationToken)
    {
        await OpenOwnAsync(async, cancellationToken).ConfigureAwait(false);
        try
        {
            var run = Start(CommandBehavior.Default);
            return await MirroredDbDataReader.ScalarAsync(_connection!, run, async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await CloseOwnAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<DbDataReader> ReaderCoreAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        await OpenOwnAsync(async, cancellationToken).ConfigureAwait(false);
        if (_opensConnection)
            behavior |= CommandBehavior.CloseConnection;
        return await MirroredDbDataReader.StartAsync(_connection!, Start(behavior), behavior, async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask OpenOwnAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_opensConnection)
            await _connection!.OpenCoreAsync(async, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask CloseOwnAsync(bool async) => _opensConnection ? _connection!.CloseCoreAsync(async) : default;
}
