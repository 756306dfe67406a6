using System.Data.Common;
using System.Globalization;
using System.Text;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Synchronization;

/// <summary>
/// Makes tables of one node equal to those of the other: definition, rows and triggers; and sequences. Views are left alone: they have no rows
/// of their own, and to copy those they show would be to write through them. Both connections have to be kept from everybody else's writes
/// while it runs.
/// </summary>
/// <param name="source">The connection to copy from.</param>
/// <param name="target">The connection to copy to.</param>
/// <param name="commit">What ends the transaction that copies a table; it may compare a token before.</param>
/// <param name="cancellationToken">Cancels the copy.</param>
internal sealed class TableCopy(DbConnection source, DbConnection target, string commit, CancellationToken cancellationToken)
{
    /// <summary>What both connections have to be told first.</summary>
    public const string Prologue =
        "SET NAMES utf8mb4;SET time_zone='+00:00',sql_mode='NO_AUTO_VALUE_ON_ZERO',foreign_key_checks=0,unique_checks=0,sql_select_limit=DEFAULT";

    // About the size at which an INSERT of many rows stops getting faster, in characters; see sql-hazards in the design.
    private const int BatchSize = 1 << 18;

    private static readonly string[] Binary =
    [
        "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring", "polygon", "multipoint",
        "multilinestring", "multipolygon", "geometrycollection", "geomcollection", "vector",
    ];

    private static readonly string[] Numbers = ["tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year"];

    // As information_schema names what has a name among the tables. The latter is MariaDB's.
    private const string View = "VIEW", Sequence = "SEQUENCE";

    /// <summary>The tables and sequences of a database, without the mirror's own.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(string database) =>
        [.. (await QueryAsync(source,
            $"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA={Literal(database)} AND TABLE_TYPE<>'{View}' AND LEFT(TABLE_NAME,7)<>'{MirrorTables.Prefix}'").ConfigureAwait(false))
            .Select(r => r[0])];

    /// <summary>Copies a table, or drops it where the source has none of that name.</summary>
    /// <param name="from">Its database on the source.</param>
    /// <param name="to">Its database on the target.</param>
    /// <param name="table">Its name.</param>
    public async Task CopyAsync(string from, string to, string table)
    {
        var (kind, former) = (await KindAsync(source, from, table).ConfigureAwait(false), await KindAsync(target, to, table).ConfigureAwait(false));
        if (kind == View || former == View)
            return;
        var wanted = await DefinitionAsync(source, from, table).ConfigureAwait(false);
        var present = await DefinitionAsync(target, to, table).ConfigureAwait(false);
        var name = $"{Identifier.Quote(to)}.{Identifier.Quote(table)}";
        if (wanted is null)
        {
            if (present is not null)
                await ExecuteAsync($"DROP TABLE {name}").ConfigureAwait(false);
            return;
        }

        await DropTriggersAsync(to, table).ConfigureAwait(false);
        if (present is not null && WithoutCounter(present) != WithoutCounter(wanted))
        {
            await ExecuteAsync($"DROP TABLE {name}").ConfigureAwait(false);
            present = null;
        }

        if (present is null)
        {
            await ExecuteAsync($"USE {Identifier.Quote(to)}").ConfigureAwait(false);
            await ExecuteAsync(wanted).ConfigureAwait(false);
        }

        if (kind == Sequence)
        {
            await CopyPositionAsync(from, name, table).ConfigureAwait(false);
            return;
        }

        await CopyRowsAsync(from, name, table).ConfigureAwait(false);
        await CreateTriggersAsync(from, to, table).ConfigureAwait(false);
    }

    private async Task CopyPositionAsync(string from, string name, string sequence)
    {
        var next = (await QueryAsync(source, $"SELECT next_not_cached_value FROM {Identifier.Quote(from)}.{Identifier.Quote(sequence)}").ConfigureAwait(false))[0][0];
        await ExecuteAsync($"ALTER SEQUENCE {name} RESTART {next}").ConfigureAwait(false);
    }

    private async Task CopyRowsAsync(string from, string name, string table)
    {
        var columns = (await QueryAsync(source,
            $"SELECT COLUMN_NAME,DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA={Literal(from)} AND TABLE_NAME={Literal(table)} "
            + "AND EXTRA NOT LIKE '%VIRTUAL GENERATED%' AND EXTRA NOT LIKE '%STORED GENERATED%' ORDER BY ORDINAL_POSITION").ConfigureAwait(false))
            .Select(r => (Name: Identifier.Quote(r[0]), Type: r[1])).ToList();
        var insert = $"INSERT INTO {name} ({string.Join(',', columns.Select(c => c.Name))}) VALUES ";
        await ExecuteAsync($"START TRANSACTION;DELETE FROM {name}").ConfigureAwait(false);
        using var command = source.CreateCommand();
        command.CommandTimeout = 0;
        // Whoever holds the table by LOCK TABLES may be waiting until this copy ends.
        command.CommandText = $"SET lock_wait_timeout={StateStore.LockTimeout};SELECT CONCAT_WS(',',{string.Join(',', columns.Select(c => AsLiteral(c.Name, c.Type)))}) FROM {Identifier.Quote(from)}.{Identifier.Quote(table)}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var batch = new StringBuilder();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
        {
            batch.Append(batch.Length == 0 ? insert : ",").Append('(').Append(Text(reader.GetValue(0))).Append(')');
            if (batch.Length > BatchSize)
                await FlushAsync(batch).ConfigureAwait(false);
        }

        await FlushAsync(batch).ConfigureAwait(false);
        await ExecuteAsync(commit).ConfigureAwait(false);
    }

    private async Task FlushAsync(StringBuilder batch)
    {
        if (batch.Length == 0)
            return;
        await ExecuteAsync(batch.ToString()).ConfigureAwait(false);
        batch.Clear();
    }

    // What the server itself writes, so that nothing is lost between a value and its text: text of FLOAT is, but not of the DOUBLE made of it.
    private static string AsLiteral(string column, string type) => $"IF({column} IS NULL,'NULL'," + type.ToLowerInvariant() switch
    {
        var binary when Binary.Contains(binary) => $"CONCAT('X''',HEX({column}),''''))",
        var number when Numbers.Contains(number) => $"CONCAT({column},''))",
        "float" or "double" => $"CONCAT({column}+0e0,''))",
        "bit" => $"CONCAT({column}+0,''))",
        "date" or "datetime" or "timestamp" or "time" => $"CONCAT('''',{column},''''))",
        _ => $"CONCAT('CONVERT(X''',HEX(CONVERT({column} USING utf8mb4)),''' USING utf8mb4)'))",
    };

    private async Task<string?> KindAsync(DbConnection connection, string database, string table) =>
        (await QueryAsync(connection, $"SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA={Literal(database)} AND TABLE_NAME={Literal(table)}").ConfigureAwait(false))
            .FirstOrDefault()?[0];

    private async Task<string?> DefinitionAsync(DbConnection connection, string database, string table)
    {
        try
        {
            return (await QueryAsync(connection, $"SHOW CREATE TABLE {Identifier.Quote(database)}.{Identifier.Quote(table)}").ConfigureAwait(false))[0][1];
        }
        catch (DbException e) when (DriverFailure.Number(e) is DriverFailure.NoSuchTable or DriverFailure.NoSuchDatabase)
        {
            return null;
        }
    }

    private static string WithoutCounter(string definition)
    {
        var at = definition.IndexOf(" AUTO_INCREMENT=", StringComparison.Ordinal);
        if (at < 0)
            return definition;
        var end = at + " AUTO_INCREMENT=".Length;
        while (end < definition.Length && char.IsAsciiDigit(definition[end]))
            end++;
        return definition[..at] + definition[end..];
    }

    private async Task DropTriggersAsync(string database, string table)
    {
        var triggers = await QueryAsync(target,
            $"SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA={Literal(database)} AND EVENT_OBJECT_TABLE={Literal(table)}").ConfigureAwait(false);
        foreach (var trigger in triggers)
            await ExecuteAsync($"DROP TRIGGER {Identifier.Quote(database)}.{Identifier.Quote(trigger[0])}").ConfigureAwait(false);
    }

    private async Task CreateTriggersAsync(string from, string to, string table)
    {
        var triggers = await QueryAsync(source,
            "SELECT TRIGGER_NAME,ACTION_TIMING,EVENT_MANIPULATION,ACTION_STATEMENT,SQL_MODE FROM information_schema.TRIGGERS "
            + $"WHERE EVENT_OBJECT_SCHEMA={Literal(from)} AND EVENT_OBJECT_TABLE={Literal(table)} ORDER BY ACTION_TIMING,EVENT_MANIPULATION,ACTION_ORDER").ConfigureAwait(false);
        foreach (var trigger in triggers)
        {
            await ExecuteAsync($"USE {Identifier.Quote(to)};SET sql_mode={Literal(trigger[4])}").ConfigureAwait(false);
            await ExecuteAsync($"CREATE TRIGGER {Identifier.Quote(trigger[0])} {trigger[1]} {trigger[2]} ON {Identifier.Quote(table)} FOR EACH ROW {trigger[3]}").ConfigureAwait(false);
        }

        if (triggers.Count > 0)
            await ExecuteAsync("SET sql_mode='NO_AUTO_VALUE_ON_ZERO'").ConfigureAwait(false);
    }

    // The connections have no NO_BACKSLASH_ESCAPES.
    private static string Literal(string text) => Identifier.Literal(text, hasBackslashEscapes: true);

    private static string Text(object value) => value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private async Task ExecuteAsync(string sql)
    {
        using var command = target.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        await command.NonQueryAsync(async: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<string[]>> QueryAsync(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var rows = new List<string[]>();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : Text(reader.GetValue(i)))]);
        return rows;
    }
}
