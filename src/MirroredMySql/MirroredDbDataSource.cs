using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Schema;
using MirroredMySql.Sessions;
using MirroredMySql.Topology;

namespace MirroredMySql;

/// <summary>
/// A pair of MySQL or MariaDB servers that an application uses as if it were one. Make one for the life of the application; it is
/// thread-safe. The first connection that opens reaches both nodes and checks that they make a pair.
/// </summary>
public sealed class MirroredDbDataSource : DbDataSource
{
    private bool _isDisposed;

    /// <summary>Creates a data source from options.</summary>
    /// <param name="options">Both connection strings, and what differs from the defaults.</param>
    /// <param name="loggers">Where to log, or null for nowhere.</param>
    /// <param name="time">The clock, or null for the system's.</param>
    /// <exception cref="MirroredDbException">No driver is installed, or the options cannot work; the message names the setting.</exception>
    public MirroredDbDataSource(MirroredMySqlOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
        : this(FactoryOf(options), options, loggers, time)
    {
    }

    /// <summary>Creates a data source from a driver and two connection strings.</summary>
    /// <param name="driver">The driver's factory, such as <c>MySqlConnectorFactory.Instance</c>.</param>
    /// <param name="primary">The primary's connection string.</param>
    /// <param name="standby">The standby's connection string.</param>
    /// <exception cref="MirroredDbException">A connection string cannot work; the message names the node and the keyword.</exception>
    public MirroredDbDataSource(DbProviderFactory driver, string primary, string standby)
        : this(new MirroredMySqlOptions { Driver = driver, Primary = primary, Standby = standby })
    {
    }

    /// <summary>Creates a data source over two that exist. They stay the caller's: this one does not dispose them.</summary>
    /// <param name="primary">The primary.</param>
    /// <param name="standby">The standby.</param>
    /// <param name="options">What differs from the defaults; its connection strings are not used.</param>
    /// <param name="loggers">Where to log, or null for nowhere.</param>
    /// <param name="time">The clock, or null for the system's.</param>
    /// <exception cref="MirroredDbException">The data sources do not make a pair; the message says why.</exception>
    public MirroredDbDataSource(
        DbDataSource primary, DbDataSource standby, MirroredMySqlOptions? options = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(primary);
        ArgumentNullException.ThrowIfNull(standby);
        options ??= new MirroredMySqlOptions();
        RequireValid(options);
        var driver = options.Driver ?? FactoryOf(primary);
        Factory = new MirroredDbProviderFactory(driver);
        (Mirror, ConnectionString, Retry) = Build(
            new Node(NodeRole.Primary, primary, ownsSource: false, NodeConnectionString.Of(NodeRole.Primary, primary, driver)),
            new Node(NodeRole.Standby, standby, ownsSource: false, NodeConnectionString.Of(NodeRole.Standby, standby, driver)),
            options, driver, loggers, time);
        Mirror.Suspects.Added += OnSuspected;
    }

    internal MirroredDbDataSource(
        MirroredDbProviderFactory factory, MirroredMySqlOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        RequireValid(options);
        Factory = factory;
        var driver = factory.Driver;
        var primary = NodeConnectionString.Parse(NodeRole.Primary, options.Primary, driver, options.NodeTimeout);
        var standby = NodeConnectionString.Parse(NodeRole.Standby, options.Standby, driver, options.NodeTimeout);
        NodeConnectionString.RequirePair(primary, standby);
        (Mirror, ConnectionString, Retry) = Build(
            new Node(NodeRole.Primary, driver.CreateDataSource(primary.Value), ownsSource: true, primary),
            new Node(NodeRole.Standby, driver.CreateDataSource(standby.Value), ownsSource: true, standby),
            options, driver, loggers, time);
        Mirror.Suspects.Added += OnSuspected;
    }

    /// <summary>Both nodes' connection strings without passwords.</summary>
    public override string ConnectionString { get; }

    /// <summary>The pair as this process sees it now. Cheap: no server is asked.</summary>
    public MirrorStatus Status => Mirror.Status();

    /// <summary>
    /// Raised for every statement after which a table may differ between the nodes, on the thread that ran it and before its caller
    /// goes on: return soon, and do not throw.
    /// </summary>
    public event EventHandler<SuspectTable>? TableSuspected;

    /// <summary>
    /// What happens to the pair from now on, as this process learns of it. Any number may watch; one that does not keep up loses the oldest
    /// events, and nobody waits for it.
    /// </summary>
    /// <param name="cancellationToken">Ends the watching.</param>
    /// <returns>A stream that ends with the data source.</returns>
    public IAsyncEnumerable<MirrorEvent> WatchAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return Mirror.Events.WatchAsync(cancellationToken);
    }

    /// <summary>
    /// Compares what both nodes say of the database's tables, views, triggers and routines; rows and events are not looked at.
    /// </summary>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <returns>What differs, or exists on one node only, each as "table t", "function f" …; empty when both agree.</returns>
    /// <exception cref="MirroredDbException">A node does not answer; or no node could serve at the start.</exception>
    /// <exception cref="DbException">A node cannot be reached; the driver's own.</exception>
    public async ValueTask<IReadOnlyList<string>> CompareSchemasAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        await Mirror.StartAsync(async: true, cancellationToken).ConfigureAwait(false);
        var (first, second) = (await ReadAsync(Mirror.Primary).ConfigureAwait(false), await ReadAsync(Mirror.Standby).ConfigureAwait(false));
        return first.DifferencesFrom(second);

        async ValueTask<DatabaseFacts> ReadAsync(Node node)
        {
            var connection = await node.OpenAsync(async: true, cancellationToken).ConfigureAwait(false);
            await using (connection.Ending(async: true).ConfigureAwait(false))
                return await new DatabaseReader(connection, node.Facts?.Database ?? connection.Database, Mirror.Syntax, async: true, cancellationToken).ReadAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Lets a node take the lead, for all processes: waits until no write is about to commit. Writes of that moment run again by
    /// themselves; explicit transactions that have begun fail as transient, but for those that have only written and hear of it before
    /// their COMMIT. Does nothing when the node leads already.
    /// </summary>
    /// <param name="lead">The node that is to lead.</param>
    /// <param name="force">
    /// Whether it leads even if it is not in step, or if the present lead cannot be reached: alone, and without what it has missed. Where the
    /// other node has led alone, its writes are set aside in <c>mirror_conflict</c>: now if it can be reached, and otherwise when it is back,
    /// unless <see cref="MirroredMySqlOptions.ConflictResolution"/> then says that that one counts. The witness has to agree where one is required.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="MirroredDbException">
    /// Without force, the node is not in step, and the message says how many transactions it lacks; or the one that leads cannot be reached,
    /// or the nodes are at odds. With force, the node has no state of the mirror's, or the witness does not agree. Nothing has changed then.
    /// Also when a node does not answer.
    /// </exception>
    /// <exception cref="DbException">
    /// The node cannot be reached; or a write that is about to commit, or a schema change, has not ended after 15 s (error 1205). The
    /// driver's own.
    /// </exception>
    public async Task SwitchLeadAsync(NodeRole lead, bool force = false, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        var node = Mirror.NodeOf(lead);
        try
        {
            await Mirror.StartAsync(async: true, cancellationToken).ConfigureAwait(false);
        }
        catch (MirroredDbException e) when (force && e.IsTransient)
        {
            // Nobody may serve without an operator's word, which is this one.
            await Mirror.ForceAsync(node, cancellationToken).ConfigureAwait(false);
            await Mirror.StartAsync(async: true, cancellationToken).ConfigureAwait(false);
        }

        if (await Mirror.SwitchAsync(node, force, cancellationToken).ConfigureAwait(false))
            await new SplitResolution(Mirror).TryAsync(node, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Says which node counts when the nodes are at odds (<see cref="MirrorMode.SplitBrain"/>), for all processes. What the other one wrote alone
    /// is set aside in <c>mirror_conflict</c> of the one that counts; then it catches up like any node that was away.
    /// </summary>
    /// <param name="winner">The node that counts.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="MirroredDbException">The nodes are not at odds, or the witness does not agree; nothing has changed.</exception>
    /// <exception cref="DbException">A node cannot be reached; both have to be.</exception>
    public async Task ResolveSplitAsync(NodeRole winner, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        await Mirror.StartAsync(async: true, cancellationToken).ConfigureAwait(false);
        await new SplitResolution(Mirror).RunAsync(Mirror.NodeOf(winner), cancellationToken).ConfigureAwait(false);
    }

    internal MirroredDbProviderFactory Factory { get; }

    internal Mirror Mirror { get; }

    internal WriteRetry Retry { get; }

    /// <summary>Creates a closed connection.</summary>
    public new MirroredDbConnection CreateConnection() => (MirroredDbConnection)base.CreateConnection();

    /// <summary>Opens a connection.</summary>
    /// <exception cref="MirroredDbException">No node can serve, or a node refuses the login.</exception>
    public new MirroredDbConnection OpenConnection() => (MirroredDbConnection)base.OpenConnection();

    /// <summary>Opens a connection.</summary>
    /// <exception cref="MirroredDbException">No node can serve, or a node refuses the login.</exception>
    public new async ValueTask<MirroredDbConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        (MirroredDbConnection)await base.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection()
    {
        ThrowIfDisposed();
        return new MirroredDbConnection(this);
    }

    /// <inheritdoc/>
    protected override DbConnection OpenDbConnection()
    {
        var connection = CreateDbConnection();
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken)
    {
        var connection = CreateDbConnection();
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A command that opens a connection for each execution and closes it behind.</summary>
    protected override DbCommand CreateDbCommand(string? commandText = null)
    {
        ThrowIfDisposed();
        return base.CreateDbCommand(commandText);
    }

    /// <summary>A batch that opens a connection for each execution and closes it behind.</summary>
    protected override DbBatch CreateDbBatch() => new MirroredDbBatch(CreateConnection());

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            // IDisposable has no way to await, and the pools below must outlive what runs in the background: whoever may not be blocked for up to
            // four seconds (twice EndsSoonAsync) calls DisposeAsync. It cannot lock up: nothing behind it awaits with the caller's context.
            StopAsync().GetAwaiter().GetResult();
            foreach (var node in new[] { Mirror.Primary, Mirror.Standby })
            {
                if (node.OwnsSource)
                    node.Source.Dispose();
            }

            Mirror.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override async ValueTask DisposeAsyncCore()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await StopAsync().ConfigureAwait(false);
            foreach (var node in new[] { Mirror.Primary, Mirror.Standby })
            {
                if (node.OwnsSource)
                    await node.Source.DisposeAsync().ConfigureAwait(false);
            }

            Mirror.Dispose();
        }

        await base.DisposeAsyncCore().ConfigureAwait(false);
    }

    private void OnSuspected(SuspectTable suspect)
    {
        var state = Mirror.Formation.State;
        Mirror.Events.Publish(new MirrorEvent(
            MirrorEventKind.TableSuspected, suspect.Since, state.Mode, state.Lead, state.Epoch, $"Table {suspect.Table}: {suspect.Reason}"));
        TableSuspected?.Invoke(this, suspect);
    }

    private async Task StopAsync()
    {
        Mirror.Events.Complete();
        var stopping = StopLoopsAsync();
        if (!await EndsSoonAsync(stopping).ConfigureAwait(false))
        {
            // A node that answers nothing holds it up.
            Mirror.Primary.Watch.Stop();
            Mirror.Standby.Watch.Stop();
            if (!await EndsSoonAsync(stopping).ConfigureAwait(false))
                return;
        }

        await stopping.ConfigureAwait(false);
    }

    private async Task StopLoopsAsync()
    {
        await Mirror.Monitor.DisposeAsync().ConfigureAwait(false);
        await Mirror.Heartbeat.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<bool> EndsSoonAsync(Task task) => await Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false) == task;

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    private static (Mirror, string, WriteRetry) Build(
        Node primary, Node standby, MirroredMySqlOptions options, DbProviderFactory driver, ILoggerFactory? loggers, TimeProvider? time)
    {
        NodeConnectionString.RequirePair(primary.ConnectionString, standby.ConnectionString);
        var mirror = new Mirror(primary, standby, options, time ?? TimeProvider.System, loggers ?? NullLoggerFactory.Instance)
        {
            Witness = WitnessOf(options, driver, loggers, time),
        };
        mirror.Observe();
        var shown = new MirroredDbConnectionStringBuilder
        {
            Primary = primary.ConnectionString.WithoutSecrets,
            Standby = standby.ConnectionString.WithoutSecrets,
        };
        return (mirror, shown.ConnectionString, new WriteRetry(options, time ?? TimeProvider.System, mirror.Logger));
    }

    private static Witness? WitnessOf(MirroredMySqlOptions options, DbProviderFactory driver, ILoggerFactory? loggers, TimeProvider? time)
    {
        if (options.FailoverPolicy != FailoverPolicy.WitnessRequired)
            return null;
        var witness = NodeConnectionString.ParseWitness(options.Witness, options.NodeTimeout, driver);
        return new Witness(
            witness, driver.CreateDataSource(witness.Value), options.NodeTimeout, time ?? TimeProvider.System,
            (loggers ?? NullLoggerFactory.Instance).CreateLogger("MirroredMySql"));
    }

    private static void RequireValid(MirroredMySqlOptions options)
    {
        if (options.Problems().ToList() is { Count: > 0 } problems)
            throw new MirroredDbException(string.Join(" ", problems));
    }

    private static MirroredDbProviderFactory FactoryOf(MirroredMySqlOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Driver is null ? MirroredDbProviderFactory.Instance : new MirroredDbProviderFactory(options.Driver);
    }

    private static DbProviderFactory FactoryOf(DbDataSource source)
    {
        using var connection = source.CreateConnection();
        return DbProviderFactories.GetFactory(connection)
            ?? throw new MirroredDbException($"{source.GetType().FullName} does not tell its provider factory. Set {nameof(MirroredMySqlOptions.Driver)}.");
    }
}
