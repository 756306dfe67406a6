using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;

namespace MirroredMySql;

/// <summary>
/// A command that runs on the nodes that its statements need: reads on one, writes on both. Its parameters are the driver's own, so
/// that driver-specific types work. Not thread-safe, but for <see cref="Cancel"/>.
/// </summary>
public sealed class MirroredDbCommand : DbCommand
{
    private readonly DbCommand _own;
    private readonly CallerCommand _caller;
    private MirroredDbConnection? _connection;
    private MirroredDbTransaction? _transaction;
    private string _text = "";
    private int? _timeout;
    private bool _isDisposed;

    /// <summary>Creates a command for the installed driver.</summary>
    public MirroredDbCommand()
        : this(MirroredDbProviderFactory.Instance)
    {
    }

    /// <summary>Creates a command with a text and a connection.</summary>
    public MirroredDbCommand(string commandText, MirroredDbConnection connection)
        : this((connection ?? throw new ArgumentNullException(nameof(connection))).Factory)
    {
        _text = commandText;
        _connection = connection;
    }

    internal MirroredDbCommand(MirroredDbProviderFactory factory)
    {
        _own = factory.CreateDriverCommand();
        _caller = new CallerCommand(_own);
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? "";
    }

    /// <summary>The time to wait for each statement on each node, in seconds; 0 waits for ever. The default is the primary's setting, or 30.</summary>
    public override int CommandTimeout
    {
        get => _timeout ?? _connection?.DefaultCommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _own.CommandTimeout = value;
            _timeout = value;
        }
    }

    /// <inheritdoc/>
    public override CommandType CommandType
    {
        get => _own.CommandType;
        set => _own.CommandType = value;
    }

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource
    {
        get => _own.UpdatedRowSource;
        set => _own.UpdatedRowSource = value;
    }

    /// <summary>The insert id of the latest write: the first of a multi-row insert, 0 when none was given out. The lead's.</summary>
    public long LastInsertedId => _caller.LastInsertedId;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value switch
        {
            null => null,
            MirroredDbConnection mirrored => mirrored,
            _ => throw new ArgumentException($"The connection must be a {nameof(MirroredDbConnection)}, not a {value.GetType().Name}.", nameof(value)),
        };
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _own.Parameters;

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

    /// <summary>The driver's command that runs on the node that answers, with the parameters.</summary>
    /// <exception cref="InvalidCastException">The driver's command is of another type.</exception>
    public T Unwrap<T>()
        where T : DbCommand => (T)_own;

    /// <summary>Tries to break off the read that is running. A write that the lead has run is carried through on both nodes.</summary>
    public override void Cancel()
    {
        if (_connection is { State: ConnectionState.Open } connection)
            _caller.Cancel(connection.Source.Mirror.Logger);
    }

    /// <summary>
    /// Prepares a read on the node that answers. A write stays as it is: it shares its packet with its context, which the server's
    /// prepared statements cannot.
    /// </summary>
    public override void Prepare() => PrepareCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Prepare"/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default) => PrepareCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => NonQueryCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => NonQueryCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override object? ExecuteScalar() => ScalarCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => ScalarCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ReaderCoreAsync(behavior, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ReaderCoreAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => _own.CreateParameter();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _own.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await _own.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private CommandRun Start(CommandBehavior behavior)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection. Set Connection.");
        connection.RequireReady(_transaction);
        return new CommandRun(connection.Session, [connection.Session.Script(_caller, _text)], behavior);
    }

    private async ValueTask<int> NonQueryCoreAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await Start(CommandBehavior.Default).RunToEndAsync(async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<object?> ScalarCoreAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var run = Start(CommandBehavior.Default);
        return await MirroredDbDataReader.ScalarAsync(_connection!, run, async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<DbDataReader> ReaderCoreAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await MirroredDbDataReader.StartAsync(_connection!, Start(behavior), behavior, async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask PrepareCoreAsync(bool async, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection. Set Connection.");
        connection.RequireReady(_transaction);
        var script = connection.Session.Script(_caller, _text).Script;
        if (!_caller.IsText || !script.IsReadOnly || script.Statements.Count != 1)
            return;
        var node = await connection.Session.ReaderAsync(async, cancellationToken).ConfigureAwait(false);
        await node.FlushAsync(async).ConfigureAwait(false);
        await _caller.On(node, script.Text, null).PrepareAsync(async, cancellationToken).ConfigureAwait(false);
    }
}
