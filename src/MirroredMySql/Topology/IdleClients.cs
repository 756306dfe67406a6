using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>
/// Ends the connections of clients that have fallen asleep over what they hold: a process that is frozen behind its fence would keep the
/// state row shared until its machine is given up.
/// </summary>
internal static class IdleClients
{
    /// <param name="node">The node.</param>
    /// <param name="seconds">For how long they have sent nothing.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public static async ValueTask EndAsync(Node node, int seconds, bool async)
    {
        var connection = await node.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
        await using var end = connection.Ending(async).ConfigureAwait(false);
        foreach (var thread in await ThreadsAsync(connection, seconds, async).ConfigureAwait(false))
        {
            try
            {
                await StateStore.ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"KILL {thread}"), async, CancellationToken.None).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchThread)
            {
                // It has gone by itself.
            }
        }
    }

    private static async ValueTask<List<long>> ThreadsAsync(DbConnection connection, int seconds, bool async)
    {
        var threads = new List<long>();
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"SELECT ID FROM information_schema.PROCESSLIST WHERE ID<>CONNECTION_ID() AND USER=SUBSTRING_INDEX(USER(),'@',1) AND COMMAND='Sleep' AND TIME>={seconds} LIMIT 10000");
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, CancellationToken.None).ConfigureAwait(false);
        while (await reader.AdvanceAsync(async, CancellationToken.None).ConfigureAwait(false))
            threads.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        return threads;
    }
}
