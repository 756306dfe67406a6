using System.Data.Common;
using System.Transactions;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>One of the two servers: how to reach it and what is known of it.</summary>
internal sealed class Node(NodeRole role, DbDataSource source, bool ownsSource, NodeConnectionString connectionString)
{
    public NodeRole Role { get; } = role;

    public DbDataSource Source { get; } = source;

    /// <summary>Whether the mirror made the data source and hence disposes it.</summary>
    public bool OwnsSource { get; } = ownsSource;

    public NodeConnectionString ConnectionString { get; } = connectionString;

    /// <summary>The node in messages: its role and where it is.</summary>
    public string Name => $"{Role.Name()} ({Endpoint})";

    public string Endpoint => $"{ConnectionString.Server}:{ConnectionString.Port}/{ConnectionString.Database}";

    /// <summary>The tables that the mirror keeps there.</summary>
    public MirrorTables Tables { get; } = new(connectionString.Database);

    /// <summary>What the server said of itself when it was first reached, or null before that.</summary>
    public NodeFacts? Facts { get; set; }

    /// <summary>The latest error that spoke against the node, for the status.</summary>
    public Exception? LastError { get; set; }

    /// <summary>Since when the node is in its present state.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Opens a connection. Errors are the driver's own.</summary>
    public async ValueTask<DbConnection> OpenAsync(bool async, CancellationToken cancellationToken)
    {
        // The mirrored connection answers for an ambient transaction; the physical ones must not enlist on their own.
        using var suppressed = Transaction.Current is null
            ? null
            : new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        var connection = Source.CreateConnection();
        try
        {
            if (async)
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            else
                connection.Open();
            return connection;
        }
        catch
        {
            if (async)
                await connection.DisposeAsync().ConfigureAwait(false);
            else
                connection.Dispose();
            throw;
        }
    }
}
