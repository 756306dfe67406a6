using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Schema;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>
/// What keeps others away while a schema changes on both nodes, held on the lead: a named lock against the schema changes of other
/// sessions and processes, and LOCK TABLES against writers. Whoever wants to write one of the tables waits on the lead until the
/// follower has changed as well.
/// </summary>
internal sealed class SchemaLock
{
    // A year: the servers' own idea of waiting for a table forever.
    private const int Forever = 31_536_000;

    private readonly NodeConnection _lead;
    private readonly string _name;

    private SchemaLock(NodeConnection lead, string name) => (_lead, _name) = (lead, name);

    /// <summary>Whether tables are locked, so that no others can be read on its connection.</summary>
    public bool HoldsTables { get; private set; }

    /// <param name="lead">The session's connection to the lead. No transaction is open on it.</param>
    /// <param name="database">The session's database.</param>
    /// <param name="timeout">How long to wait for the named lock, in seconds; 0 for as long as it takes.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="MirroredDbException">Another schema change takes longer than that.</exception>
    public static async ValueTask<SchemaLock> TakeAsync(
        NodeConnection lead, string database, int timeout, bool async, CancellationToken cancellationToken)
    {
        var taken = new SchemaLock(lead, SchemaMutex.Name(database));
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"{lead.TakeDeferred()}SELECT GET_LOCK({taken._name},{(timeout == 0 ? Forever : timeout)}) LIMIT 1";
        command.CommandTimeout = timeout == 0 ? 0 : timeout + 5;
        var row = await SqlLiteral.RowAsync(command, async, cancellationToken).ConfigureAwait(false);
        if (Convert.ToInt64(row[0], CultureInfo.InvariantCulture) != 1)
        {
            throw new MirroredDbException(
                $"Another schema change of this database did not end within {timeout} s. Try again, or raise CommandTimeout.", null, isTransient: true);
        }

        return taken;
    }

    /// <summary>The table of a trigger, or none where there is no such trigger. The lead is asked: another process may have made it just now.</summary>
    public static async ValueTask<IReadOnlyList<string>> TablesOfTriggerAsync(
        NodeConnection lead, string trigger, string database, SqlSyntax syntax, bool async, CancellationToken cancellationToken)
    {
        var (schema, name) = Split(trigger, database);
        using var query = lead.Physical.CreateCommand();
        query.CommandText =
            lead.TakeDeferred() + "SELECT CONVERT(MAX(EVENT_OBJECT_TABLE) USING utf8mb4) FROM information_schema.TRIGGERS WHERE "
            + $"TRIGGER_SCHEMA = {Identifier.Literal(schema, syntax.HasBackslashEscapes)} AND TRIGGER_NAME = {Identifier.Literal(name, syntax.HasBackslashEscapes)}";
        var row = await SqlLiteral.RowAsync(query, async, cancellationToken).ConfigureAwait(false);
        return row[0] is string table ? [trigger[..^name.Length] + table] : [];
    }

    /// <summary>Locks those of the tables that exist.</summary>
    /// <returns>False when the account may not, so that writers may come between.</returns>
    public async ValueTask<bool> LockTablesAsync(
        IReadOnlyList<string> tables, string database, SqlSyntax syntax, int timeout, bool async, CancellationToken cancellationToken)
    {
        var existing = new List<string>();
        foreach (var table in tables)
        {
            var (schema, name) = Split(table, database);
            if (await ExistsAsync(_lead, table, database, syntax, "TABLE_TYPE = 'BASE TABLE'", async, cancellationToken).ConfigureAwait(false))
                existing.Add($"{Identifier.Quote(schema)}.{Identifier.Quote(name)} WRITE");
        }

        if (existing.Count == 0)
            return true;
        using var command = _lead.Physical.CreateCommand();
        command.CommandText = "LOCK TABLES " + string.Join(',', existing.Distinct(StringComparer.OrdinalIgnoreCase));
        command.CommandTimeout = timeout;
        try
        {
            HoldsTables = true;
            await command.NonQueryAsync(async, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DbException e) when (DriverFailure.Number(e) is DriverFailure.NoSuchTable or DriverFailure.DatabaseAccessDenied or DriverFailure.TableAccessDenied)
        {
            HoldsTables = false;
            return DriverFailure.Number(e) == DriverFailure.NoSuchTable;
        }
    }

    /// <summary>Whether there is a table of that name, of which a condition holds.</summary>
    public static async ValueTask<bool> ExistsAsync(
        NodeConnection lead, string table, string database, SqlSyntax syntax, string condition, bool async, CancellationToken cancellationToken)
    {
        var (schema, name) = Split(table, database);
        using var query = lead.Physical.CreateCommand();
        query.CommandText =
            $"{lead.TakeDeferred()}SELECT COUNT(*) FROM information_schema.TABLES WHERE {condition} AND "
            + $"TABLE_SCHEMA = {Identifier.Literal(schema, syntax.HasBackslashEscapes)} AND TABLE_NAME = {Identifier.Literal(name, syntax.HasBackslashEscapes)} LIMIT 1";
        var row = await SqlLiteral.RowAsync(query, async, cancellationToken).ConfigureAwait(false);
        return Convert.ToInt64(row[0], CultureInfo.InvariantCulture) > 0;
    }

    private static (string Schema, string Name) Split(string name, string database) =>
        name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? (name[..dot], name[(dot + 1)..]) : (database, name);

    /// <summary>Lets writers in again.</summary>
    public async ValueTask UnlockTablesAsync(bool async)
    {
        if (!HoldsTables || !_lead.IsOpen)
            return;
        HoldsTables = false;
        await _lead.ExecuteAsync("UNLOCK TABLES", async, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Gives everything back. A connection that is gone has taken its locks with it.</summary>
    public async ValueTask ReleaseAsync(bool async)
    {
        if (!_lead.IsOpen)
            return;
        await _lead.ExecuteAsync((HoldsTables ? "UNLOCK TABLES;" : "") + $"DO RELEASE_LOCK({_name})", async, CancellationToken.None).ConfigureAwait(false);
        HoldsTables = false;
    }
}
