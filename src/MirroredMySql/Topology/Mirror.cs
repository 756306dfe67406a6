using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Schema;
using MirroredMySql.Sessions;
using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>
/// The pair of nodes that all connections of a data source share: who leads, who is absent, what may differ. Thread-safe.
/// </summary>
internal sealed partial class Mirror(Node primary, Node standby, MirroredMySqlOptions options, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly ILogger _logger = loggers.CreateLogger("MirroredMySql");
    private volatile Formation _formation = new(primary, standby, MirrorState.Unborn);
    private volatile bool _started;
    private int _turn;

    public Node Primary { get; } = primary;

    public Node Standby { get; } = standby;

    public MirroredMySqlOptions Options { get; } = options;

    /// <summary>Who has to agree before a node goes on alone, or null.</summary>
    public Witness? Witness { get; init; }

    public Suspects Suspects { get; } = new(time, loggers.CreateLogger("MirroredMySql"));

    public SqlScriptCache Scripts { get; } = new();

    /// <summary>Under which names this process's transactions leave their proofs.</summary>
    public Writers Writers => LazyInitializer.EnsureInitialized(ref field, () => new Writers(Instances.Own));

    public SchemaCatalog Schema { get; } = new(time, loggers.CreateLogger("MirroredMySql"));

    /// <summary>Whether the same statement gives the same number of warnings on both nodes. Families word and count them differently.</summary>
    public bool NodesWarnAlike => Primary.Facts?.IsMariaDb == Standby.Facts?.IsMariaDb;

    public ILogger Logger => _logger;

    /// <summary>What the absent node has missed, as this process has measured it last.</summary>
    public JournalStatus Journal { get; set; } = JournalStatus.Empty;

    /// <summary>What looks after the pair in the background.</summary>
    public Monitor Monitor => LazyInitializer.EnsureInitialized(ref field, () => new Monitor(this, time));

    /// <summary>This process's signs of life on both nodes.</summary>
    public Heartbeat Heartbeat => LazyInitializer.EnsureInitialized(ref field, () => new Heartbeat(this, time));

    /// <summary>The writers of this process whose latest transaction may be on one node only.</summary>
    public ConcurrentDictionary<string, bool> InDoubt { get; } = [];

    /// <summary>The fences behind which this process changes what no rollback takes back.</summary>
    public ConcurrentDictionary<EpochFence, bool> EpochFences { get; } = [];

    /// <summary>What became of this process's commits.</summary>
    public CommitTally Commits { get; } = new();

    /// <summary>The writes that the follower alone has turned away.</summary>
    public FollowerRefusals FollowerRefusals => LazyInitializer.EnsureInitialized(ref field, () => new FollowerRefusals(Commits, time));

    /// <summary>What has happened, for whoever watches.</summary>
    public EventStream Events { get; } = new();

    /// <summary>The processes that use the pair.</summary>
    public Instances Instances { get; } = new(options.Lease);

    /// <summary>How long this process may go by the present epoch.</summary>
    public Lease Lease { get; } = new(options.Lease, time);

    public Formation Formation => _formation;

    /// <summary>How a fresh session's servers read SQL text: by the primary's sql_mode, which the standby's sessions are given.</summary>
    public SqlSyntax Syntax { get; private set; }

    /// <summary>Whether the other node has ever led in the life of this process.</summary>
    public bool LeadHasChanged { get; private set; }

    public Node Other(Node node) => node == Primary ? Standby : Primary;

    /// <summary>
    /// Reaches both nodes for the first time and checks that they make a pair. Later calls return at once.
    /// </summary>
    /// <exception cref="MirroredDbException">A login fails, a database is missing, both are one server, or neither answers.</exception>
    public async ValueTask StartAsync(bool async, CancellationToken cancellationToken)
    {
        if (_started)
            return;
        if (async)
            await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            _starting.Wait(cancellationToken);
        try
        {
            if (_started)
                return;
            await ReachBothAsync(async, cancellationToken).ConfigureAwait(false);
            _started = true;
            Monitor.Start();
            Heartbeat.Start();
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>The node for a session's reads that need no particular node.</summary>
    public Node ChooseReader()
    {
        var formation = _formation;
        return Options.ReadPreference switch
        {
            ReadPreference.Standby when formation.Contains(Standby) => Standby,
            ReadPreference.Balanced when formation.Follower is { } follower && (Interlocked.Increment(ref _turn) & 1) == 0 => follower,
            _ => formation.Lead,
        };
    }

    /// <summary>
    /// Tells a lost connection from a lost node: opens a new connection, and takes the node out when that fails.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="cause">The error that spoke against it.</param>
    /// <param name="activity">What was going on, for the log.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <returns>True when the node answers.</returns>
    public async ValueTask<bool> AnswersAsync(Node node, Exception cause, string activity, bool async)
    {
        // A refused login or a pool that is used up says nothing of the node.
        if (await node.FailureAsync(async).ConfigureAwait(false) is not { } failure
            || DriverFailure.ClassifyConnect(failure, CancellationToken.None) is FailureKind.Misuse or FailureKind.Configuration)
            return true;
        await LoseAsync(node, cause, activity, async).ConfigureAwait(false);
        return false;
    }

    /// <summary>Opens a connection of the mirror's own; null when there is none to be had at once.</summary>
    public ValueTask<AsideConnection?> TryOpenAsideAsync(Node node, bool async) => AsideConnection.TryOpenAsync(
        () => node.OpenAsync(async, CancellationToken.None), PrologueOf(node), async);

    public MirrorStatus Status()
    {
        var formation = _formation;
        return new MirrorStatus(
            formation.State.Mode, formation.Lead.Role, formation.State.Epoch, formation.State.Reason,
            StatusOf(Primary, formation), StatusOf(Standby, formation), Commits.Snapshot(),
            formation.Follower is null ? Journal : JournalStatus.Empty, Suspects.Snapshot());
    }

    /// <summary>What a fresh connection of this node has to be told first; empty when there is nothing to say.</summary>
    public string PrologueOf(Node node) => node.Facts?.Prologue(Primary.Facts ?? node.Facts) ?? "";

    /// <summary>Begins to look after both nodes.</summary>
    public void Observe()
    {
        foreach (var node in new[] { Primary, Standby })
            node.Observe(Options, time, _logger, silence => LoseAsync(node, silence, "waiting for it", async: true).AsTask());
    }

    public void Dispose()
    {
        Primary.Watch.Dispose();
        Standby.Watch.Dispose();
        _starting.Dispose();
        _changing.Dispose();
        Witness?.Dispose();
        Schema.Dispose();
    }

    private static NodeStatus StatusOf(Node node, Formation formation) =>
        new(node.Role, node.Endpoint, formation.Contains(node), node.Since, node.Facts?.Version, node.Latency, node.LastError is { } error ? Describe(error) : null);

    // Drivers put "fatal error" outside and what happened inside.
    private static string Describe(Exception error) =>
        error.InnerException is { } inner && inner.Message != error.Message ? $"{error.Message} ({Describe(inner)})" : error.Message;

    private async ValueTask ReachBothAsync(bool async, CancellationToken cancellationToken)
    {
        Primary.Since = Standby.Since = time.GetUtcNow();
        var (first, firstError) = await ReachAsync(Primary, async, cancellationToken).ConfigureAwait(false);
        await using (first.Ending(async).ConfigureAwait(false))
        {
            var (second, secondError) = await ReachAsync(Standby, async, cancellationToken).ConfigureAwait(false);
            await using (second.Ending(async).ConfigureAwait(false))
            {
                if (firstError is not null && secondError is not null)
                    throw NodeErrors.NeitherAnswers(Primary, firstError, Standby, secondError);
                if (first is not null && second is not null)
                    await RequireTwoDatabasesAsync(first, second, async, cancellationToken).ConfigureAwait(false);
                if (Witness is not null)
                    await Witness.CheckAsync(new[] { (Primary, first!), (Standby, second!) }.Where(n => n.Item2 is not null), async).ConfigureAwait(false);
                CheckPair();
                (Primary.LastError, Standby.LastError) = (firstError, secondError);
                await RequireOneAccountAsync(first, second, async, cancellationToken).ConfigureAwait(false);
                Publish((await AgreeAsync(first, second, isStart: true, async, cancellationToken).ConfigureAwait(false)).Formation);
                await IntroduceAsync(first, second, async, cancellationToken).ConfigureAwait(false);
                if (first is not null)
                {
                    await Schema.GetAsync(
                        Primary.Facts!.Database, new SchemaConnection(first), second is null ? null : new SchemaConnection(second),
                        Syntax, async, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private async ValueTask<(DbConnection?, Exception?)> ReachAsync(Node node, bool async, CancellationToken cancellationToken)
    {
        DbConnection? connection = null;
        try
        {
            connection = await node.OpenAsync(async, cancellationToken).ConfigureAwait(false);
            await LearnAsync(node, connection, async, cancellationToken).ConfigureAwait(false);
            return (connection, null);
        }
        catch (Exception e)
        {
            await connection.Ending(async).DisposeAsync().ConfigureAwait(false);
            if (!NodeErrors.SpeaksAgainst(node, e, cancellationToken))
                throw;
            return (null, e);
        }
    }

    private async ValueTask LearnAsync(Node node, DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        node.Facts = await NodeFacts.ReadAsync(connection, async, cancellationToken).ConfigureAwait(false);
        if (node.Facts.Database.Length == 0)
            throw NodeErrors.NoDatabase(node);
        Log.NodeInStep(_logger, node.Name, node.Facts.Version);
    }

    private void CheckPair()
    {
        var (one, other) = (Primary.Facts ?? Standby.Facts!, Standby.Facts ?? Primary.Facts!);
        Syntax = one.Syntax.WithVersions(one.VersionNumber, other.VersionNumber);
        if (one.HasOtherSystemTimeZone(other))
            Log.TimeZonesDiffer(_logger);
        if (one.IsMariaDb != other.IsMariaDb)
            Log.FamiliesDiffer(_logger);
    }

    // Two names may lead to one server, so the servers themselves are asked: a lock taken through one must not be seen through the other.
    private async ValueTask RequireTwoDatabasesAsync(DbConnection first, DbConnection second, bool async, CancellationToken cancellationToken)
    {
        if (!string.Equals(Primary.Facts!.Database, Standby.Facts!.Database, StringComparison.OrdinalIgnoreCase))
            return;
        var name = $"mirror_{Guid.NewGuid():N}";
        await ScalarAsync(first, $"SELECT GET_LOCK('{name}', 0) LIMIT 1").ConfigureAwait(false);
        var seen = await ScalarAsync(second, $"SELECT IS_USED_LOCK('{name}') LIMIT 1").ConfigureAwait(false);
        await ScalarAsync(first, $"SELECT RELEASE_LOCK('{name}') LIMIT 1").ConfigureAwait(false);
        if (seen is not (null or DBNull))
            throw NodeErrors.SameServer(Primary, Standby);

        async ValueTask<object?> ScalarAsync(DbConnection connection, string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return await command.ScalarAsync(async, cancellationToken).ConfigureAwait(false);
        }
    }
}
