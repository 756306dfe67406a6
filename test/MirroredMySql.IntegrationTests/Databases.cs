using System.Data.Common;
using Dapper;

namespace MirroredMySql.IntegrationTests;

/// <summary>Compares two databases with the servers' own tables as the only source, row by row and column by column.</summary>
internal static class Databases
{
    /// <summary>What differs, a line each; empty when the databases are equal.</summary>
    public static async Task<List<string>> DifferencesAsync(DbConnection primary, DbConnection standby)
    {
        var tables = await TablesAsync(primary);
        var others = await TablesAsync(standby);
        var differences = tables.Except(others).Select(t => $"{t} is missing on the standby")
            .Concat(others.Except(tables).Select(t => $"{t} is missing on the primary")).ToList();
        foreach (var table in tables.Intersect(others))
        {
            var left = await RowsAsync(primary, table);
            var right = await RowsAsync(standby, table);
            differences.AddRange(left.Except(right).Take(5).Select(r => $"{table}: only on the primary: {r}"));
            differences.AddRange(right.Except(left).Take(5).Select(r => $"{table}: only on the standby: {r}"));
            if (left.Count != right.Count)
                differences.Add($"{table}: {left.Count} rows on the primary, {right.Count} on the standby");
        }

        return differences;
    }

    private static async Task<List<string>> TablesAsync(DbConnection connection) =>
        [.. await connection.QueryAsync<string>(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND LEFT(TABLE_NAME, 7) <> 'mirror_' ORDER BY 1")];

    private static async Task<List<string>> RowsAsync(DbConnection connection, string table)
    {
        // HEX shows every byte; floats are compared by their shortest exact form, for text would round them.
        var columns = await connection.QueryAsync<(string Name, string Type)>(
            $"SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION");
        var values = columns.Select(c => c.Type switch
        {
            "float" or "double" => $"IFNULL(`{c.Name}`+0e0,'~')",
            "decimal" => $"IFNULL(CONCAT(`{c.Name}`,''),'~')", // HEX would round it to a whole number
            _ => $"IFNULL(HEX(`{c.Name}`),'~')",
        });
        var rows = await connection.QueryAsync<string>($"SELECT CONCAT_WS('#',{string.Join(',', values)}) FROM `{table}`");
        return [.. rows.Order(StringComparer.Ordinal)];
    }
}
