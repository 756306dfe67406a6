using System.Data.Common;

namespace MirroredMySql.Topology;

/// <summary>
/// A connection of the mirror's own that holds a lock while this process lives: it is kept alive by a question now and then, and the server
/// ends it, and with it the lock, when the process is gone or frozen. It runs one command at a time.
/// </summary>
internal sealed class KeptConnection : IAsyncDisposable
{
    private readonly OwnConnection _connection;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _keeping;
    private volatile Exception? _lost;

    private KeptConnection(OwnConnection connection, int idleLimit)
    {
        _connection = connection;
        _keeping = KeepAsync(TimeSpan.FromSeconds(idleLimit / 5.0));
    }

    public Node Node => _connection.Node;

    /// <summary>Whether it is known to be gone, and what it has held with it.</summary>
    public bool IsLost => _lost is not null;

    /// <summary>Ends when it is lost, or when nobody needs it any more.</summary>
    public Task Kept => _keeping;

    /// <param name="mirror">The pair.</param>
    /// <param name="node">Where to.</param>
    /// <param name="idleLimit">How long the server waits for a sign of life before it ends the connection; seconds.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    public static async Task<KeptConnection> OpenAsync(Mirror mirror, Node node, int idleLimit, CancellationToken cancellationToken) =>
        new(await OwnConnection.OpenAsync(mirror, node, FormattableString.Invariant($"SET wait_timeout={idleLimit}"), cancellationToken).ConfigureAwait(false), idleLimit);

    /// <exception cref="MirroredDbException">The connection is gone, and what it has held with it.</exception>
    public void ThrowIfLost()
    {
        if (_lost is { } cause)
            throw new MirroredDbException($"The connection to the {Node.Name} that kept others out is lost; it is tried again.", cause, isTransient: true) { Node = Node.Role };
    }

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        UseAsync(async connection =>
        {
            await StateStore.ExecuteAsync(connection, sql, async: true, cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    /// <summary>Has the connection to itself for as long as that takes.</summary>
    public async Task<T> UseAsync<T>(Func<DbConnection, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfLost();
            return await use(_connection.Physical).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
        _stop.Dispose();
    }

    // By the real clock, because the server counts by it.
    private async Task KeepAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                await ExecuteAsync("DO 0", _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Nobody needs the connection any more.
        }
        catch (Exception e)
        {
            _lost = e;
        }
    }
}
