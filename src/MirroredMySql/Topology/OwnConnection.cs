using System.Data.Common;
using MirroredMySql.Diagnostics;

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
        var physical = await node.OpenAsync(async: true, cancellationToken).WaitForAsync(mirror.Options.NodeTimeout, cancellationToken).ConfigureAwait(false);
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

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (physical.State == System.Data.ConnectionState.Open)
                await StateStore.ExecuteAsync(physical, "ROLLBACK RELEASE", async: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or IOException or InvalidOperationException)
        {
            Log.ConnectionDropped(mirror.Logger, e, node.Name);
        }

        await physical.DisposeAsync().ConfigureAwait(false);
    }
}

internal static class TimedTasks
{
    /// <summary>Waits no longer than that, whatever the task does: some drivers' asynchronous calls have no timeout of their own.</summary>
    public static Task<T> WaitForAsync<T>(this ValueTask<T> task, TimeSpan timeout, CancellationToken cancellationToken) =>
        task.AsTask().WaitAsync(timeout, cancellationToken);
}
