using System.Collections.Frozen;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Schema;

/// <summary>
/// Reads the facts of a database from one node. Nothing here waits for a table's lock: information_schema and SHOW INDEX do not, SHOW
/// CREATE TABLE does.
/// </summary>
internal sealed class DatabaseReader(DbConnection connection, string database, SqlSyntax syntax, bool async, CancellationToken cancellationToken)
{
    private const string All = " LIMIT 9000000";
    private const int FirstWithChecks = 80016; // MySQL; MariaDB has long had them

    private readonly Dictionary<string, StringBuilder> _tables = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _others = new(StringComparer.Ordinal);

    public async ValueTask<DatabaseFacts> ReadAsync()
    {
        var name = Identifier.Literal(database, syntax.HasBackslashEscapes);
        var sets = await QueryAsync(
            $"""
            {SelectLimit.Read}
            SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, CREATE_OPTIONS FROM information_schema.TABLES
                WHERE TABLE_SCHEMA = {name} AND LEFT(TABLE_NAME, {MirrorTables.Prefix.Length}) <> '{MirrorTables.Prefix}' ORDER BY TABLE_NAME{All};
            SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT, EXTRA, COLUMN_TYPE, IS_NULLABLE, COLLATION_NAME, GENERATION_EXPRESSION
                FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {name} ORDER BY TABLE_NAME, ORDINAL_POSITION{All};
            SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, EVENT_MANIPULATION, ACTION_TIMING, ACTION_STATEMENT, SQL_MODE
                FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {name} ORDER BY ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER{All};
            SELECT ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION, SQL_MODE, DTD_IDENTIFIER
                FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {name}{All};
            SELECT r.TABLE_NAME, r.REFERENCED_TABLE_NAME, r.UPDATE_RULE, r.DELETE_RULE, r.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_COLUMN_NAME
                FROM information_schema.REFERENTIAL_CONSTRAINTS r
                JOIN information_schema.KEY_COLUMN_USAGE k ON k.CONSTRAINT_SCHEMA = {name} AND k.TABLE_SCHEMA = {name}
                    AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME
                WHERE r.CONSTRAINT_SCHEMA = {name} ORDER BY r.TABLE_NAME, r.CONSTRAINT_NAME, k.ORDINAL_POSITION{All};
            SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = {name}{All};
            {(syntax.IsMariaDb || syntax.OldestVersion >= FirstWithChecks ? $"SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {name} ORDER BY CONSTRAINT_NAME, CHECK_CLAUSE{All}" : "")}
            """).ConfigureAwait(false);
        var (tables, columns, triggers, routines, keys, views) = (sets[1], sets[2], sets[3], sets[4], sets[5], sets[6]);
        var checks = sets.ElementAtOrDefault(7) ?? [];

        Define(tables, columns, triggers, keys);
        foreach (var row in checks)
            _others["check " + row[0]] = _others.GetValueOrDefault("check " + row[0]) + row[1];
        var primaryKeys = await ReadAllIndexesAsync(tables, sets[0][0][0]).ConfigureAwait(false);

        var columnsByTable = columns.ToLookup(r => r[0]!, r => new ColumnFacts(r[1]!, Unrepeatable(r[2], r[3])), StringComparer.OrdinalIgnoreCase);
        var counting = columns.Where(r => Contains(r[3], "auto_increment")).ToDictionary(r => r[0]!, r => r[1]!, StringComparer.OrdinalIgnoreCase);
        var triggersByTable = triggers.ToLookup(
            r => r[0]!, r => new TriggerFacts(r[1]!, r[2]!, RoutineBody.Read(r[4] ?? "", syntax.WithSqlMode(r[5]))), StringComparer.OrdinalIgnoreCase);
        var cascades = keys.ToLookup(r => r[1] ?? "", r => new Cascade(r[0]!, Acts(r[3]), Acts(r[2])), StringComparer.OrdinalIgnoreCase);
        var queries = views.ToDictionary(r => r[0]!, r => WithoutDatabase(r[1] ?? ""), StringComparer.OrdinalIgnoreCase);
        foreach (var (view, query) in queries)
            _others["view " + view] = query;
        var engines = tables.ToDictionary(r => r[0]!, r => r[2], StringComparer.OrdinalIgnoreCase);
        var names = tables.Select(r => r[0]!).ToHashSet(StringComparer.OrdinalIgnoreCase);

        return new DatabaseFacts
        {
            Name = database,
            Tables = tables.Select(row => row[0]!).Where(t => _tables.ContainsKey(t) || queries.ContainsKey(t)).Select(table => new TableFacts
            {
                Name = table,
                IsView = queries.ContainsKey(table),
                IsTransactional = engines[table] is null or "InnoDB" or "ROCKSDB",
                Columns = [.. columnsByTable[table]],
                PrimaryKey = primaryKeys.GetValueOrDefault(table, []),
                AutoIncrement = counting.GetValueOrDefault(table),
                Triggers = [.. triggersByTable[table]],
                Cascades = [.. cascades[table].Where(c => c.OnDelete || c.OnUpdate).Distinct()],
                BaseTables = queries.TryGetValue(table, out var query) ? NamesIn(query, names) : [],
            }).ToFrozenDictionary(t => t.Name, StringComparer.OrdinalIgnoreCase),
            Procedures = Routines(routines, "PROCEDURE"),
            Functions = Routines(routines, "FUNCTION"),
            WritingViews = [.. queries.Where(q => SqlScript.Parse(q.Value, syntax) is { IsReadOnly: false }).Select(q => q.Key)],
            Definitions = _tables.Select(t => KeyValuePair.Create("table " + t.Key, t.Value.ToString())).Concat(_others).ToDictionary(StringComparer.Ordinal),
        };
    }

    // Everything that two nodes have to agree about, so that the same statement does the same on both.
    private void Define(List<string?[]> tables, List<string?[]> columns, List<string?[]> triggers, List<string?[]> keys)
    {
        // MariaDB leaves the columns of a table out while somebody changes it.
        var known = columns.Select(r => r[0]!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var row in tables.Where(r => !Contains(r[1], "VIEW") && known.Contains(r[0]!)))
            _tables[row[0]!] = new StringBuilder(string.Join(' ', row[2..])).AppendLine();
        foreach (var row in columns.Concat(triggers).Concat(keys))
        {
            if (_tables.TryGetValue(row[0]!, out var definition))
                definition.AppendJoin(' ', row[1..].Select(v => v ?? "NULL")).AppendLine();
        }
    }

    private async ValueTask<Dictionary<string, IReadOnlyList<string>>> ReadAllIndexesAsync(List<string?[]> tables, string? limit)
    {
        if (!SelectLimit.Limits(limit))
            return await ReadIndexesAsync(tables).ConfigureAwait(false);
        try
        {
            await ExecuteAsync(SelectLimit.Lift).ConfigureAwait(false);
            return await ReadIndexesAsync(tables).ConfigureAwait(false);
        }
        finally
        {
            if (connection.State == ConnectionState.Open)
                await ExecuteAsync(SelectLimit.Restore(limit)).ConfigureAwait(false);
        }
    }

    // SHOW INDEX gives the indexes in their order in the table, which decides which of two unique keys a duplicate is noticed by.
    private async ValueTask<Dictionary<string, IReadOnlyList<string>>> ReadIndexesAsync(List<string?[]> tables)
    {
        const int Name = 2;
        const int Column = 4;
        const int Cardinality = 6;
        var primaryKeys = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        var pending = new Stack<string[]>(tables.Where(r => Contains(r[1], "BASE TABLE") && _tables.ContainsKey(r[0]!)).Select(r => r[0]!).Chunk(100));
        while (pending.TryPop(out var chunk))
        {
            List<List<string?[]>> indexes;
            try
            {
                indexes = await QueryAsync(string.Concat(chunk.Select(t => $"SHOW INDEX FROM {Identifier.Quote(database)}.{Identifier.Quote(t)};"))).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) > 0)
            {
                // One of them is being changed or was dropped meanwhile. Of that one nothing is known; the others are asked again.
                if (chunk.Length == 1)
                    _tables.Remove(chunk[0]);
                foreach (var table in chunk.Length == 1 ? [] : chunk)
                    pending.Push([table]);
                continue;
            }

            foreach (var (table, rows) in chunk.Zip(indexes))
            {
                foreach (var row in rows)
                    _tables[table].AppendJoin(' ', row.Where((_, i) => i != Cardinality)).AppendLine();
                primaryKeys[table] = [.. rows.Where(r => r[Name] == "PRIMARY").Select(r => r[Column]!)];
            }
        }

        return primaryKeys;
    }

    private FrozenDictionary<string, RoutineFacts> Routines(List<string?[]> rows, string type)
    {
        var routines = new Dictionary<string, RoutineFacts>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in rows.Where(r => r[1] == type))
        {
            routines[row[0]!] = row[2] is { } body ? RoutineBody.Read(body, syntax.WithSqlMode(row[3])) : RoutineFacts.Unknown;
            _others[$"{(type == "FUNCTION" ? "function" : "procedure")} {row[0]}"] = $"{row[4]} {row[2]}";
        }

        return routines.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    // The servers print an expression's text; MySQL marks it, MariaDB quotes what is a plain string.
    private string? Unrepeatable(string? value, string? extra)
    {
        if (value is null || (!syntax.IsMariaDb && !Contains(extra, "DEFAULT_GENERATED")))
            return null;
        var statement = SqlScript.Parse("SELECT " + value, syntax).Statements[0];
        return (statement.Traits & Occurrences.Any) == 0 ? null : value;
    }

    // Servers print views with the database before every name, and the two nodes' databases may have different ones.
    private string WithoutDatabase(string query) => query.Replace(Identifier.Quote(database) + ".", "", StringComparison.OrdinalIgnoreCase);

    private List<string> NamesIn(string query, HashSet<string> tables)
    {
        var found = new NameList(StringComparer.OrdinalIgnoreCase);
        var lexer = new Lexer(query, 0, syntax & ~SqlSyntax.AnsiQuotes);
        for (var token = lexer.Read(); token.Kind != TokenKind.End; token = lexer.Read())
        {
            if (token.Kind == TokenKind.QuotedName && Identifier.Unquote(query.AsSpan(token.Start..token.End)) is var name && tables.Contains(name))
                found.Add(name);
        }

        return found.Names;
    }

    private static bool Acts(string? rule) => rule is "CASCADE" or "SET NULL" or "SET DEFAULT";

    private static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;

    // Not cancelled: the session would go on with a limit that is not its own.
    private async ValueTask ExecuteAsync(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.NonQueryAsync(async, CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask<List<List<string?[]>>> QueryAsync(string sql)
    {
        var sets = new List<List<string?[]>>();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = await command.ReadAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        do
        {
            var rows = new List<string?[]>();
            while (await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            {
                var row = new string?[reader.FieldCount];
                for (var i = 0; i < row.Length; i++)
                    row[i] = reader.IsDBNull(i) ? null : Text(reader.GetValue(i));
                rows.Add(row);
            }

            sets.Add(rows);
        }
        while (await reader.NextResultAsync(async, cancellationToken).ConfigureAwait(false));
        return sets;
    }

    // MySQL declares some columns of information_schema as binary.
    private static string Text(object value) =>
        value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
