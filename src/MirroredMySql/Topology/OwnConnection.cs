using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>
/// A connection for the mirror's own work, which no caller gets to see afterwards: the server ends it, so that the pool finds nothing of
/// what was set on it.
/// </summary>
internal sealed class OwnConnection(Mirror mirror, Node node, DbConnection physical) : IAsyncDisposable
{
    public Node Node => node;

    public DbConnection Physical => physical;

    public static async Task<OwnConnection> OpenAsync(Mirror mirror, Node node, string prologue, CancellationToken cancellationToken)
    {
        var physical = await node.OpenAsync(async: true, cancellationToken).ConfigureAwait(false);
        var connection = new OwnConnection(mirror, node, physical);
        try
        {
            await connection.ExecuteAsync(prologue, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        if (sql.Length > 0)
            await StateStore.ExecuteAsync(physical, sql, async: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Leaves it as it is, in the midst of something that nobody waits for any more.</summary>
    public void Abandon()
    {
        if (Line.Of(physical) is not { } line)
            return;
        line.Break(NodeErrors.Silent(node, new TimeoutException()));
        _ = line.CloseAsync(async: true).AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (physical.State == System.Data.ConnectionState.Open && Line.Of(physical) is not { IsBroken: true })
                await StateStore.ExecuteAsync(physical, "ROLLBACK RELEASE", async: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or IOException or InvalidOperationException)
        {
            Log.ConnectionDropped(mirror.Logger, e, node.Name);
        }

        await physical.Ending(async: true).DisposeAsync().ConfigureAwait(false);
    }
}

internal static class TimedTasks
{
    /// <summary>Waits no longer than that, whatever the task does.</summary>
    public static Task<T> WaitForAsync<T>(this ValueTask<T> task, TimeSpan timeout, CancellationToken cancellationToken) =>
        task.AsTask().WaitAsync(timeout, cancellationToken);
}
