using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>The connections of this process's account on a node, whichever process they belong to: servers let no other be seen and ended.</summary>
internal static class Clients
{
    /// <summary>The account without the host that it comes from. Its name may have an @ in it; a host has none.</summary>
    public const string Account = "LEFT(USER(),CHAR_LENGTH(USER())-CHAR_LENGTH(SUBSTRING_INDEX(USER(),'@',-1))-1)";

    /// <summary>Ends all but the one that it asks on.</summary>
    public static ValueTask EndOthersAsync(DbConnection connection, bool async, CancellationToken cancellationToken) =>
        EndAsync(connection, "", async, cancellationToken);

    /// <summary>
    /// Ends those of clients that have fallen asleep over what they hold: a process that is frozen behind its fence would keep the state row
    /// shared until its machine is given up.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="seconds">For how long they have sent nothing.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public static async ValueTask EndIdleAsync(Node node, int seconds, bool async)
    {
        var connection = await node.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
        await using var end = connection.Ending(async).ConfigureAwait(false);
        await EndAsync(connection, FormattableString.Invariant($" AND COMMAND='Sleep' AND TIME>={seconds}"), async, CancellationToken.None).ConfigureAwait(false);
    }

    private static async ValueTask EndAsync(DbConnection connection, string condition, bool async, CancellationToken cancellationToken)
    {
        foreach (var thread in await ThreadsAsync(connection, condition, async, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await StateStore.ExecuteAsync(connection, FormattableString.Invariant($"KILL {thread}"), async, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchThread)
            {
                // It has gone by itself.
            }
        }
    }

    private static async ValueTask<List<long>> ThreadsAsync(DbConnection connection, string condition, bool async, CancellationToken cancellationToken)
    {
        var threads = new List<long>();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT ID FROM information_schema.PROCESSLIST WHERE ID<>CONNECTION_ID() AND USER={Account}{condition} LIMIT 10000";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        while (await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            threads.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        return threads;
    }
}
