using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>Reads and changes the state row of one node, over a connection of the caller's.</summary>
internal static class StateStore
{
    private const string Columns = "epoch,token,previous,mode,lead_node,reason,announced";

    // What a change waits for the writes that are about to commit, and the server for a change; seconds.
    public const int LockTimeout = 5;

    /// <summary>This process, for people.</summary>
    public static readonly string Us = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}");

    /// <summary>The row, or null where there is none: the node is new, or its tables are gone.</summary>
    public static async ValueTask<MirrorState?> ReadAsync(Node node, DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await QueryAsync(node, connection, "", async, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchTable)
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the row exclusively, in a transaction that it opens: waits until no fenced write is left on the node, and keeps others out.
    /// When this process falls silent, the server ends it soon.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="connection">A connection to it.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <param name="patience">How long to wait; seconds.</param>
    public static async ValueTask<MirrorState?> LockAsync(
        Node node, DbConnection connection, bool async, CancellationToken cancellationToken, int patience = LockTimeout)
    {
        if (Line.Of(connection) is { } line)
            line.IsUnfit = true;
        await ExecuteAsync(connection, $"SET innodb_lock_wait_timeout={patience},wait_timeout={LockTimeout};START TRANSACTION", async, cancellationToken).ConfigureAwait(false);
        return await QueryAsync(node, connection, " FOR UPDATE", async, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends what <see cref="LockAsync"/> has begun.</summary>
    public static async ValueTask EndAsync(DbConnection connection, bool commit, bool async, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, (commit ? "COMMIT" : "ROLLBACK") + ";SET innodb_lock_wait_timeout=DEFAULT,wait_timeout=DEFAULT", async, cancellationToken).ConfigureAwait(false);
        if (Line.Of(connection) is { } line)
            line.IsUnfit = false;
    }

    /// <summary>What writes a state over the one that was there; a statement for whoever holds the row, or is about to take it.</summary>
    public static string Update(Node node, MirrorState state, SqlSyntax syntax) =>
        FormattableString.Invariant(
            $"UPDATE {node.Tables.State} SET announced=IF(token='{state.Token}',announced,{(state.IsAnnounced ? 1 : 0)}),epoch={state.Epoch},token='{state.Token}',previous='{state.Previous}',mode='{state.Mode}',")
        + $"lead_node='{state.Lead}',reason={Identifier.Literal(Cut(state.Reason), syntax.HasBackslashEscapes)},"
        + $"changed_at=UTC_TIMESTAMP(6),changed_by={Identifier.Literal(Us, syntax.HasBackslashEscapes)} WHERE id=1";

    /// <param name="node">The node.</param>
    /// <param name="connection">Holds its row.</param>
    /// <param name="state">What to write.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <param name="deadline">By the node's clock in UTC, when it is too late.</param>
    /// <returns>False when it is too late.</returns>
    public static async ValueTask<bool> WriteAsync(
        Node node, DbConnection connection, MirrorState state, bool async, CancellationToken cancellationToken, DateTime? deadline = null)
    {
        using var command = connection.CreateCommand();
        var inTime = deadline is { } end ? $" AND UTC_TIMESTAMP(6)<'{end.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}'" : "";
        command.CommandText = Update(node, state, node.Facts!.Syntax) + inTime;
        return await command.NonQueryAsync(async, cancellationToken).ConfigureAwait(false) > 0;
    }

    /// <summary>Makes the tables, and the first row unless somebody else is faster.</summary>
    /// <exception cref="MirroredDbException">The account may not create tables.</exception>
    public static async ValueTask<MirrorState> CreateAsync(Node node, DbConnection connection, MirrorState state, bool async, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var definition in node.Tables.Definitions)
                await ExecuteAsync(connection, definition, async, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (DriverFailure.Number(e) is DriverFailure.TableAccessDenied or DriverFailure.DatabaseAccessDenied)
        {
            // The servers ask for the right also where the tables are there.
            if (!await HasTablesAsync(node, connection, async, cancellationToken).ConfigureAwait(false))
                throw NodeErrors.CannotCreateTables(node, e);
        }

        await ExecuteAsync(
            connection,
            FormattableString.Invariant(
                $"INSERT IGNORE INTO {node.Tables.State} (id,{Columns},changed_at,changed_by) VALUES (1,{state.Epoch},'{state.Token}','{state.Previous}','{state.Mode}','{state.Lead}',{Identifier.Literal(Cut(state.Reason), node.Facts!.Syntax.HasBackslashEscapes)},{(state.IsAnnounced ? 1 : 0)},UTC_TIMESTAMP(6),{Identifier.Literal(Us, node.Facts!.Syntax.HasBackslashEscapes)})"),
            async, cancellationToken).ConfigureAwait(false);
        return (await QueryAsync(node, connection, "", async, cancellationToken).ConfigureAwait(false))!;
    }

    private static async ValueTask<bool> HasTablesAsync(Node node, DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA={Identifier.Literal(node.ConnectionString.Database, node.Facts!.Syntax.HasBackslashEscapes)} "
            + $"AND LEFT(TABLE_NAME,{MirrorTables.Prefix.Length})='{MirrorTables.Prefix}' LIMIT 1";
        var row = await SqlLiteral.RowAsync(command, async, cancellationToken).ConfigureAwait(false);
        return Convert.ToInt64(row[0], CultureInfo.InvariantCulture) >= node.Tables.Definitions.Count;
    }

    public static async ValueTask ExecuteAsync(DbConnection connection, string sql, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.NonQueryAsync(async, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<MirrorState?> QueryAsync(
        Node node, DbConnection connection, string locking, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM {node.Tables.State} WHERE id=1 LIMIT 1{locking}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        if (!await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            return null;
        return new MirrorState(
            reader.GetInt64(0), reader.GetString(1), reader.GetString(2), Enum.Parse<MirrorMode>(reader.GetString(3)),
            Enum.Parse<NodeRole>(reader.GetString(4)), reader.GetString(5),
            Convert.ToInt64(reader.GetValue(6), CultureInfo.InvariantCulture) != 0);
    }

    private static string Cut(string reason) => reason.Length <= 500 ? reason : reason[..500];
}
