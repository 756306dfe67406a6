using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using MirroredMySql.Sessions;
using MirroredMySql.Topology;

namespace MirroredMySql;

/// <summary>
/// A connection to both nodes that looks like a connection to one. It opens one physical connection, and the second with the first
/// write. Not thread-safe, as no ADO.NET connection is.
/// </summary>
public sealed class MirroredDbConnection : DbConnection
{
    private MirroredDbDataSource? _source;
    private string _connectionString = "";
    private ConnectionState _state = ConnectionState.Closed;
    private Session? _session;

    /// <summary>Creates a connection that a <see cref="ConnectionString"/> has yet to be given to.</summary>
    public MirroredDbConnection()
        : this(MirroredDbProviderFactory.Instance)
    {
    }

    /// <summary>Creates a closed connection.</summary>
    /// <param name="connectionString">Both nodes' connection strings, as <see cref="MirroredDbConnectionStringBuilder"/> writes them.</param>
    public MirroredDbConnection(string connectionString)
        : this() => ConnectionString = connectionString;

    internal MirroredDbConnection(MirroredDbProviderFactory factory) => Factory = factory;

    internal MirroredDbConnection(MirroredDbDataSource source)
    {
        Factory = source.Factory;
        _source = source;
        _connectionString = source.ConnectionString;
    }

    /// <summary>
    /// Both nodes' connection strings. Reads back without passwords. May be set while the connection is closed, unless a
    /// <see cref="MirroredDbDataSource"/> made it.
    /// </summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set
        {
            if (_state != ConnectionState.Closed)
                throw new InvalidOperationException("The connection string cannot change while the connection is open.");
            if (string.IsNullOrEmpty(value))
            {
                (_source, _connectionString) = (null, "");
                return;
            }

            _source = Factory.SourceOf(value);
            _connectionString = _source.ConnectionString;
        }
    }

    /// <summary>
    /// The time to wait for a connection to a node, in seconds: the primary's setting, or <see cref="MirroredMySqlOptions.NodeTimeout"/>,
    /// rounded up, where its connection string sets none. Over data sources that the caller has made, the driver's default takes its place.
    /// </summary>
    public override int ConnectionTimeout => _source?.Mirror.Primary.ConnectionString.ConnectTimeout ?? base.ConnectionTimeout;

    /// <summary>The current database; while the connection is closed, the primary's.</summary>
    public override string Database => _session?.Database ?? _source?.Mirror.Primary.ConnectionString.Database ?? "";

    /// <summary>The server that answers; while the connection is closed, the primary.</summary>
    public override string DataSource => (_session?.Answering?.Node ?? _source?.Mirror.Primary)?.ConnectionString.Server ?? "";

    /// <summary>The version of the server that answers.</summary>
    /// <exception cref="InvalidOperationException">The connection is closed.</exception>
    public override string ServerVersion => Session.Answering?.Physical.ServerVersion ?? throw NotOpen();

    /// <inheritdoc/>
    public override ConnectionState State => _state;

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => Factory;

    internal MirroredDbProviderFactory Factory { get; }

    internal MirroredDbDataSource Source => _source ?? throw new InvalidOperationException("The connection has no connection string. Set ConnectionString, or take the connection from a MirroredDbDataSource.");

    internal Session Session => _session ?? throw NotOpen();

    internal MirroredDbTransaction? CurrentTransaction { get; set; }

    internal MirroredDbDataReader? OpenReader { get; set; }

    /// <summary>The driver's connection to the node that answers.</summary>
    /// <exception cref="InvalidOperationException">The connection is closed.</exception>
    /// <exception cref="InvalidCastException">The driver's connection is of another type.</exception>
    public T Unwrap<T>()
        where T : DbConnection => (T)(Session.Answering?.Physical ?? throw NotOpen());

    /// <inheritdoc/>
    public override void Open() => OpenCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken) => OpenCoreAsync(async: true, cancellationToken).AsTask();

    /// <summary>Rolls back what is open and returns the physical connections to their pools.</summary>
    public override void Close() => CloseCoreAsync(async: false).Completed();

    /// <inheritdoc cref="Close"/>
    public override Task CloseAsync() => CloseCoreAsync(async: true).AsTask();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseCoreAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName) =>
        ChangeDatabaseCoreAsync(databaseName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task ChangeDatabaseAsync(string databaseName, CancellationToken cancellationToken = default) =>
        ChangeDatabaseCoreAsync(databaseName, async: true, cancellationToken).AsTask();

    /// <summary>Refused: an ambient transaction can span resources that know nothing of two nodes.</summary>
    /// <exception cref="NotSupportedException">Always, unless <paramref name="transaction"/> is null.</exception>
    public override void EnlistTransaction(System.Transactions.Transaction? transaction)
    {
        if (transaction is not null)
            throw AmbientTransaction();
    }

    /// <inheritdoc/>
    public override DataTable GetSchema() => Physical.GetSchema();

    /// <inheritdoc/>
    public override DataTable GetSchema(string collectionName) => Physical.GetSchema(collectionName);

    /// <inheritdoc/>
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) => Physical.GetSchema(collectionName, restrictionValues);

    /// <inheritdoc/>
    public override Task<DataTable> GetSchemaAsync(CancellationToken cancellationToken = default) => Physical.GetSchemaAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task<DataTable> GetSchemaAsync(string collectionName, CancellationToken cancellationToken = default) =>
        Physical.GetSchemaAsync(collectionName, cancellationToken);

    /// <inheritdoc/>
    public override Task<DataTable> GetSchemaAsync(
        string collectionName, string?[] restrictionValues, CancellationToken cancellationToken = default) =>
        Physical.GetSchemaAsync(collectionName, restrictionValues, cancellationToken);

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        BeginCoreAsync(isolationLevel, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginCoreAsync(isolationLevel, async: true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => new MirroredDbCommand(Factory) { Connection = this };

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch() => new MirroredDbBatch(Factory) { Connection = this };

    internal async ValueTask CloseCoreAsync(bool async)
    {
        if (_session is not { } session)
            return;
        try
        {
            if (OpenReader is { } reader)
            {
                if (async)
                    await reader.CloseAsync().ConfigureAwait(false);
                else
                    reader.Close();
            }
        }
        finally
        {
            _session = null;
            CurrentTransaction?.Abandon();
            CurrentTransaction = null;
            await session.CloseAsync(async).ConfigureAwait(false);
            Change(ConnectionState.Closed);
        }
    }

    /// <summary>In seconds.</summary>
    internal int? DefaultCommandTimeout => _source?.Mirror.Primary.ConnectionString.CommandTimeout;

    /// <exception cref="InvalidOperationException">A command cannot run now.</exception>
    internal void RequireReady(MirroredDbTransaction? transaction)
    {
        _ = Session;
        if (OpenReader is not null)
            throw ReaderIsOpen();
        if (transaction is not null && transaction != CurrentTransaction)
            throw new InvalidOperationException("The command's transaction is over, or is not the connection's. Set Transaction to the one in force, or to null.");
    }

    private DbConnection Physical => Session.Answering?.Physical ?? throw NotOpen();

    internal async ValueTask OpenCoreAsync(bool async, CancellationToken cancellationToken)
    {
        if (_state != ConnectionState.Closed)
            throw new InvalidOperationException($"The connection is {_state}; only a closed one can be opened.");
        var source = Source;
        source.ThrowIfDisposed();
        if (System.Transactions.Transaction.Current is not null)
            throw AmbientTransaction();
        cancellationToken.ThrowIfCancellationRequested();
        Change(ConnectionState.Connecting);
        var session = new Session(source.Mirror, source.Retry);
        try
        {
            await session.OpenAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await session.CloseAsync(async).ConfigureAwait(false);
            Change(ConnectionState.Closed);
            throw;
        }

        _session = session;
        Change(ConnectionState.Open);
    }

    private async ValueTask ChangeDatabaseCoreAsync(string databaseName, bool async, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(databaseName);
        await Session.UseAsync(databaseName, async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<MirroredDbTransaction> BeginCoreAsync(IsolationLevel isolation, bool async, CancellationToken cancellationToken)
    {
        var session = Session;
        if (CurrentTransaction is not null)
            throw new InvalidOperationException("The connection is in a transaction already; MySQL's transactions do not nest. Use a savepoint.");
        if (OpenReader is not null)
            throw ReaderIsOpen();
        await session.BeginAsync(
            SessionTransaction.Begin(isolation), isolation, isolation == IsolationLevel.Snapshot, async, cancellationToken).ConfigureAwait(false);
        return CurrentTransaction = new MirroredDbTransaction(this, isolation);
    }

    private void Change(ConnectionState state)
    {
        var former = _state;
        if (former == state)
            return;
        _state = state;
        OnStateChange(new StateChangeEventArgs(former, state));
    }

    internal static InvalidOperationException ReaderIsOpen() =>
        new("There is already an open DataReader associated with this Connection which must be closed first.");

    private static InvalidOperationException NotOpen() => new("The connection is not open.");

    private static NotSupportedException AmbientTransaction() =>
        new("Ambient transactions (System.Transactions) are not supported: their coordinator cannot tell which of two nodes has committed. "
            + "Use BeginTransaction, or open the connection in a TransactionScope with TransactionScopeOption.Suppress.");
}
