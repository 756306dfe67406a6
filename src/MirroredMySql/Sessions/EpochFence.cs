using System.Runtime.ExceptionServices;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// What keeps the epoch as it is while a schema changes, or a table is written under LOCK TABLES: connections of its own hold the fence on the
/// lead and on the follower, because the locks and the change itself would let it go.
/// </summary>
/// <remarks>
/// When one of the two is lost, so may be its node: the other one is let go at once, or the loss could not be written down for as long as the
/// change takes.
/// </remarks>
internal sealed class EpochFence
{
    // No process that has stopped may keep the epoch from changing for longer; seconds.
    private const int IdleLimit = 10;

    private readonly Mirror _mirror;
    private readonly Formation _formation;
    private readonly Lock _lock = new();
    private readonly List<KeptConnection> _connections = [];
    private readonly List<(Node Node, Task Task)> _closing = [];
    private bool _isOver;

    private EpochFence(Mirror mirror, Formation formation) => (_mirror, _formation) = (mirror, formation);

    public string Token => _formation.Token;

    /// <summary>Whether no other epoch can have begun since.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
                return !_isOver && _connections.TrueForAll(c => !c.IsLost);
        }
    }

    /// <param name="session">Whose change it is.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <exception cref="WriteAgainException">Another epoch has begun, or somebody holds the row: it is about to, or a node is brought back.</exception>
    public static async ValueTask<EpochFence> TakeAsync(Session session, bool async)
    {
        var mirror = session.Mirror;
        var fence = new EpochFence(mirror, session.Formation);
        mirror.EpochFences[fence] = true;
        if (await BesideAsync(fence.HoldAsync, async).ConfigureAwait(false) is not var (node, error))
            return fence;
        await fence.EndAsync(async).ConfigureAwait(false);
        if (DriverFailure.Number(error) == DriverFailure.LockTimeout)
            throw new WriteAgainException(error, isHeldUp: true);
        if (Fence.IsStale(error))
            await mirror.ReloadAsync(async, CancellationToken.None).ConfigureAwait(false);
        else if (DriverFailure.ClassifyConnect(error, CancellationToken.None) is FailureKind.Misuse or FailureKind.Configuration)
            ExceptionDispatchInfo.Throw(error);
        else
            await mirror.AnswersAsync(node, error, "fencing a change", async).ConfigureAwait(false);
        throw new WriteAgainException(TransactionErrors.EpochChanged(node, error));
    }

    /// <summary>Lets all of this process go, because a node is lost, and waits until they are gone from the other one.</summary>
    public static async ValueTask YieldAsync(Mirror mirror, Node survivor, bool async)
    {
        foreach (var fence in mirror.EpochFences.Keys)
        {
            fence.LetGo();
            await fence.GoneAsync(survivor, async).ConfigureAwait(false);
        }
    }

    /// <summary>The change is over.</summary>
    public async ValueTask EndAsync(bool async)
    {
        LetGo();
        await GoneAsync(null, async).ConfigureAwait(false);
    }

    /// <returns>The node that did not take part, and why; null when it is held.</returns>
    private async Task<(Node Node, Exception Error)?> HoldAsync()
    {
        // In the order in which the epoch changes.
        foreach (var node in new[] { _formation.Lead, _formation.Follower })
        {
            if (node is null)
                continue;
            KeptConnection? connection = null;
            try
            {
                connection = await KeptConnection.OpenAsync(_mirror, node, IdleLimit, CancellationToken.None).ConfigureAwait(false);
                var fence = FormattableString.Invariant($"SET innodb_lock_wait_timeout={StateStore.LockTimeout};START TRANSACTION;SET {Fence.Assignment(node, Token)}");
                await connection.ExecuteAsync(fence, CancellationToken.None).ConfigureAwait(false);
                if (!Keep(connection))
                    throw TransactionErrors.EpochChanged(node, null);
            }
            catch (Exception e)
            {
                if (connection is not null)
                    await connection.DisposeAsync().ConfigureAwait(false);
                return (node, e);
            }
        }

        _ = Task.Run(WatchAsync);
        return null;
    }

    private bool Keep(KeptConnection connection)
    {
        lock (_lock)
        {
            if (!_isOver)
                _connections.Add(connection);
            return !_isOver;
        }
    }

    private async Task WatchAsync()
    {
        await Task.WhenAny(_connections.Select(c => c.Kept)).ConfigureAwait(false);
        LetGo();
    }

    private void LetGo()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
            _closing.AddRange(_connections.Select(c => (c.Node, Task.Run(() => CloseAsync(c)))));
        }

        _mirror.EpochFences.TryRemove(this, out _);
    }

    private async Task CloseAsync(KeptConnection connection)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.ConnectionDropped(_mirror.Logger, e, connection.Node.Name);
        }
    }

    private ValueTask<bool> GoneAsync(Node? node, bool async) => BesideAsync(async () =>
    {
        await Task.WhenAll(_closing.Where(c => node is null || c.Node == node).Select(c => c.Task)).ConfigureAwait(false);
        return true;
    }, async);

    // The connections are kept alive in the background, whoever the caller is.
    private static async ValueTask<T> BesideAsync<T>(Func<Task<T>> work, bool async)
    {
        if (async)
            return await work().ConfigureAwait(false);
        var task = Task.Run(work);
        task.Wait();
        return task.Result;
    }
}
