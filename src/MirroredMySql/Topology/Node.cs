using System.Data.Common;
using System.Transactions;
using Microsoft.Extensions.Logging;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;
using Polly;
using Polly.Retry;

namespace MirroredMySql.Topology;

/// <summary>One of the two servers: how to reach it and what is known of it.</summary>
internal sealed class Node(NodeRole role, DbDataSource source, bool ownsSource, NodeConnectionString connectionString)
{
    private ResiliencePipeline _retry = ResiliencePipeline.Empty;

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

    /// <summary>How long the latest sign of life has taken, or null before the first.</summary>
    public TimeSpan? Latency { get; set; }

    /// <summary>Since when the node is in its present state.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Who finds out whether it answers.</summary>
    public NodeWatch Watch { get; private set; } = null!;

    /// <summary>Begins to look after the node.</summary>
    /// <param name="options">How long it may take to answer, and how often it is tried again while it has no session to give.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="lost">What to do when it answers nothing.</param>
    public void Observe(MirroredMySqlOptions options, TimeProvider time, ILogger logger, Func<Exception, Task> lost)
    {
        Watch = new NodeWatch(this, options.NodeTimeout, time, logger, lost);
        if (options.RetryAttempts == 0)
            return;
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(DriverFailure.IsFull),
            MaxRetryAttempts = options.RetryAttempts,
            Delay = options.RetryDelay,
            BackoffType = DelayBackoffType.Exponential,
        }).Build();
    }

    /// <summary>Opens a connection. Errors are the driver's own, or say that the node does not answer.</summary>
    public async ValueTask<DbConnection> OpenAsync(bool async, CancellationToken cancellationToken)
    {
        // What would be opened on a node that is known to be silent would only pile up.
        if (Watch.Silence is not null && await FailureAsync(async).ConfigureAwait(false) is { } failure)
            throw NodeErrors.Silent(this, failure);
        var connection = Source.CreateConnection();
        var line = Watch.Begin(connection);
        try
        {
            await OpenAsync(line, async, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await line.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks the node whether it answers.</summary>
    /// <returns>What speaks against it, or null.</returns>
    public async ValueTask<Exception?> FailureAsync(bool async)
    {
        var asking = Watch.AskAsync();
        if (async)
            return await asking.ConfigureAwait(false);
        // It runs on a thread of its own, and within NodeTimeout.
        asking.Wait();
        return asking.Result;
    }

    /// <summary>A closed connection to ask the node on, beside the pool where the mirror may choose that.</summary>
    public DbConnection CreateProbe()
    {
        var connection = Source.CreateConnection();
        if (OwnsSource)
            connection.ConnectionString = ConnectionString.Probe;
        return connection;
    }

    /// <summary>Opens such a connection.</summary>
    public void Open(DbConnection probe) => _retry.Execute(static c => c.Open(), probe);

    private async ValueTask OpenAsync(Line line, bool async, CancellationToken cancellationToken)
    {
        // The mirrored connection answers for an ambient transaction; the physical ones must not enlist on their own.
        using var suppressed = Transaction.Current is null
            ? null
            : new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        try
        {
            await line.OpenAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (DriverFailure.IsFull(e))
        {
            // Sessions come and go: only a node that has none to give for a while cannot serve.
            if (async)
                await _retry.ExecuteAsync(static (l, token) => l.OpenAsync(async: true, token), line, cancellationToken).ConfigureAwait(false);
            else
                _retry.Execute(static (l, token) => l.OpenAsync(async: false, token).Completed(), line, cancellationToken);
        }
    }
}
