using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// What makes one process at a time look after an absent node: a named lock on the lead, which is free again within seconds when its
/// holder dies or freezes.
/// </summary>
internal sealed class ReturnLease : IAsyncDisposable
{
    // How long a holder may be silent before another process takes its place; seconds.
    private const int IdleLimit = 15;

    // How long the connection of a holder that has lost its lease may take to end; seconds.
    private const int EndTimeout = 5;

    private readonly KeptConnection _connection;

    private ReturnLease(KeptConnection connection) => _connection = connection;

    /// <returns>Null when another process has it.</returns>
    public static async Task<ReturnLease?> TryTakeAsync(Mirror mirror, Node lead, CancellationToken cancellationToken)
    {
        var connection = await KeptConnection.OpenAsync(mirror, lead, IdleLimit, cancellationToken).ConfigureAwait(false);
        var isTaken = false;
        try
        {
            isTaken = await connection.UseAsync(
                async physical => await NumberAsync(physical, $"SELECT GET_LOCK({Name(lead, "catch_up")},0) LIMIT 1", cancellationToken).ConfigureAwait(false) == 1,
                cancellationToken).ConfigureAwait(false);
            return isTaken ? new ReturnLease(connection) : null;
        }
        finally
        {
            if (!isTaken)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <exception cref="MirroredDbException">Another process may have it by now.</exception>
    public void ThrowIfLost() => _connection.ThrowIfLost();

    /// <summary>
    /// Makes the connection the only one that works on the returned node: whoever had the lease before and is frozen finds his own ended.
    /// </summary>
    public static async Task ClaimAsync(OwnConnection back, CancellationToken cancellationToken)
    {
        var name = Name(back.Node, "returned");
        if (await NumberAsync(back.Physical, $"SELECT GET_LOCK({name},0) LIMIT 1", cancellationToken).ConfigureAwait(false) == 1)
            return;
        if (await NumberAsync(back.Physical, $"SELECT IS_USED_LOCK({name}) LIMIT 1", cancellationToken).ConfigureAwait(false) is { } former)
        {
            try
            {
                await back.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"KILL {former}"), cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchThread)
            {
                // It has gone by itself.
            }
        }

        if (await NumberAsync(back.Physical, $"SELECT GET_LOCK({name},{EndTimeout}) LIMIT 1", cancellationToken).ConfigureAwait(false) != 1)
            throw new MirroredDbException($"Another process is still at work on the {back.Node.Name}; it is tried again.", null, isTransient: true) { Node = back.Node.Role };
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static string Name(Node node, string purpose) =>
        $"SHA2('mirrored_mysql.{purpose}.{node.ConnectionString.Database.Replace("'", "''", StringComparison.Ordinal)}',224)";

    private static async ValueTask<long?> NumberAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        var row = await SqlLiteral.RowAsync(command, async: true, cancellationToken).ConfigureAwait(false);
        return row[0] is null ? null : Convert.ToInt64(row[0], CultureInfo.InvariantCulture);
    }
}
