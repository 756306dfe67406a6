using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using MirroredMySql.Drivers;

namespace MirroredMySql;

/// <summary>
/// The provider factory of the mirror: for code that creates connections from a provider name and a connection string. Thread-safe.
/// </summary>
public sealed class MirroredDbProviderFactory : DbProviderFactory
{
    /// <summary>The factory for the driver that is installed (MySqlConnector before MySql.Data). Fails at its first use when there is none.</summary>
    [SuppressMessage("Design", "CA2211", Justification = "DbProviderFactories looks for a field of this name.")]
    public static readonly MirroredDbProviderFactory Instance = new();

    private readonly ConcurrentDictionary<string, Lazy<MirroredDbDataSource>> _sources = new(StringComparer.Ordinal);
    private readonly DbProviderFactory? _driver;

    private MirroredDbProviderFactory()
    {
    }

    /// <summary>Creates a factory for a driver.</summary>
    public MirroredDbProviderFactory(DbProviderFactory driver)
    {
        ArgumentNullException.ThrowIfNull(driver);
        _driver = driver is MirroredDbProviderFactory mirrored ? mirrored.Driver : driver;
    }

    /// <summary>The driver's factory.</summary>
    /// <exception cref="MirroredDbException">No driver is installed.</exception>
    public DbProviderFactory Driver => _driver ?? DriverLocator.Find();

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <inheritdoc/>
    public override bool CanCreateCommandBuilder => false;

    /// <inheritdoc/>
    public override bool CanCreateDataAdapter => true;

    /// <inheritdoc/>
    public override bool CanCreateDataSourceEnumerator => false;

    /// <inheritdoc/>
    public override DbBatch CreateBatch() => new MirroredDbBatch(this);

    /// <inheritdoc/>
    public override DbBatchCommand CreateBatchCommand() => new MirroredDbBatchCommand(this);

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new MirroredDbCommand(this);

    /// <summary>None: a command builder would write its statements for the driver's own commands.</summary>
    public override DbCommandBuilder? CreateCommandBuilder() => null;

    /// <inheritdoc/>
    public override DbConnection CreateConnection() => new MirroredDbConnection(this);

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new MirroredDbConnectionStringBuilder();

    /// <inheritdoc/>
    public override DbDataAdapter? CreateDataAdapter() => new MirroredDbDataAdapter();

    /// <summary>None: servers are named, not searched for.</summary>
    public override DbDataSourceEnumerator? CreateDataSourceEnumerator() => null;

    /// <summary>Creates a data source of its own, which the caller disposes.</summary>
    public override DbDataSource CreateDataSource(string connectionString) =>
        new MirroredDbDataSource(this, new MirroredDbConnectionStringBuilder(connectionString).ToOptions());

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => Driver.CreateParameter() ?? throw Incomplete("parameters");

    internal DbCommand CreateDriverCommand() => Driver.CreateCommand() ?? throw Incomplete("commands");

    /// <summary>The shared data source of a connection string, kept for the life of the process as the drivers keep their pools.</summary>
    internal MirroredDbDataSource SourceOf(string connectionString) =>
        _sources.GetOrAdd(
            connectionString,
            text => new Lazy<MirroredDbDataSource>(() => (MirroredDbDataSource)CreateDataSource(text), LazyThreadSafetyMode.ExecutionAndPublication)).Value;

    private MirroredDbException Incomplete(string what) => new($"The driver {Driver.GetType().FullName} creates no {what}. {DriverLocator.Remedy}");
}

/// <summary>The framework's adapter, which works with any provider's commands.</summary>
internal sealed class MirroredDbDataAdapter : DbDataAdapter;
