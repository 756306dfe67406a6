using System.Data.Common;
using Dapper;

namespace MirroredMySql.Tool.Comparison;

/// <summary>The tables of a database, from <c>information_schema</c>.</summary>
internal static class TableCatalog
{
    // The tables that the mirror keeps for itself hold what each node knows, and so differ by design.
    private const string ColumnsSql =
        """
        SELECT c.table_name AS TableName, c.column_name AS ColumnName, c.data_type AS DataType,
               CONCAT_WS(' ', c.column_type, IF(c.is_nullable = 'YES', 'NULL', 'NOT NULL'), c.collation_name,
                         CONCAT('DEFAULT ', c.column_default), NULLIF(c.extra, ''), NULLIF(c.generation_expression, '')) AS Definition
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND LEFT(t.table_name, 7) <> 'mirror_'
        ORDER BY c.table_name, c.ordinal_position
        """;

    private const string PrimaryKeysSql =
        """
        SELECT table_name AS TableName, column_name AS ColumnName
        FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND index_name = 'PRIMARY'
        ORDER BY table_name, seq_in_index
        """;

    public static async Task<IReadOnlyDictionary<string, TableShape>> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var columns = await connection.QueryAsync<ColumnRow>(new CommandDefinition(ColumnsSql, cancellationToken: cancellationToken));
        var keys = await connection.QueryAsync<KeyRow>(new CommandDefinition(PrimaryKeysSql, cancellationToken: cancellationToken));
        var keysByTable = keys.ToLookup(key => key.TableName, key => key.ColumnName);
        return columns
            .GroupBy(column => column.TableName)
            .ToDictionary(table => table.Key, table => Shape(table.Key, [.. table], [.. keysByTable[table.Key]]));
    }

    private static TableShape Shape(string name, IReadOnlyList<ColumnRow> rows, IReadOnlyList<string> key)
    {
        var columns = rows
            .Select(row => new ColumnShape(row.ColumnName, row.DataType, row.Definition, key.Contains(row.ColumnName)))
            .ToList();
        var positions = key.Count > 0
            ? key.Select(column => columns.FindIndex(candidate => candidate.Name == column))
            : Enumerable.Range(0, columns.Count);
        return new TableShape(name, columns, [.. positions]);
    }

    private sealed record ColumnRow(string TableName, string ColumnName, string DataType, string Definition);

    private sealed record KeyRow(string TableName, string ColumnName);
}
