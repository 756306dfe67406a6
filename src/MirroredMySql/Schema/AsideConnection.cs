using System.Data.Common;
using MirroredMySql.Drivers;

namespace MirroredMySql.Schema;

/// <summary>A connection beside a session's own, for questions that must not become part of the session's transaction.</summary>
internal sealed class AsideConnection
{
    // A pool that is used up may be waiting for the very session that asks.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private AsideConnection(DbConnection physical) => Physical = physical;

    public DbConnection Physical { get; }

    /// <param name="open">Opens the connection.</param>
    /// <param name="prologue">What it has to be told first.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <returns>Null when there is none to be had at once.</returns>
    public static async ValueTask<AsideConnection?> TryOpenAsync(Func<ValueTask<DbConnection>> open, string prologue, bool async)
    {
        // No driver's Open can be given up, and not every OpenAsync lets go of its thread while it waits for the pool.
        var opening = Task.Run(() => OpenAsync(open, prologue, async));
        try
        {
            if (async)
                return await opening.WaitAsync(Patience).ConfigureAwait(false);
            if (opening.Wait(Patience))
                return opening.Result;
        }
        catch (Exception) when (opening.IsFaulted || opening.IsCanceled)
        {
            // The session's own connection will meet whatever is the matter, and draw the conclusions.
            return null;
        }
        catch (TimeoutException)
        {
        }

        _ = CloseWhenOpenAsync(opening);
        return null;
    }

    /// <summary>Gives the connection back to its pool as it was.</summary>
    public async ValueTask CloseAsync(bool async)
    {
        try
        {
            using var command = Physical.CreateCommand();
            command.CommandText = "SET lock_wait_timeout=DEFAULT";
            await command.NonQueryAsync(async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is lost, and its pool will notice. What was read on it counts.
        }
        finally
        {
            await Physical.Ending(async).DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<AsideConnection> OpenAsync(Func<ValueTask<DbConnection>> open, string prologue, bool async)
    {
        var physical = await open().ConfigureAwait(false);
        try
        {
            using var command = physical.CreateCommand();
            // To the server this is a stranger to the session: it would not notice that the two wait for each other.
            command.CommandText = prologue + "SET lock_wait_timeout=1";
            await command.NonQueryAsync(async, CancellationToken.None).ConfigureAwait(false);
            return new AsideConnection(physical);
        }
        catch
        {
            await physical.Ending(async).DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task CloseWhenOpenAsync(Task<AsideConnection> opening)
    {
        try
        {
            var late = await opening.ConfigureAwait(false);
            await late.CloseAsync(async: true).ConfigureAwait(false);
        }
        catch (Exception) when (opening.IsFaulted || opening.IsCanceled)
        {
        }
    }
}
