using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;

namespace MirroredMySql.Chaos.Judgment;

/// <summary>What a database consists of, as the server itself writes it: tables, views, routines and triggers.</summary>
internal static partial class Definitions
{
    private const string ObjectsSql =
        """
        SELECT table_name AS Name, IF(table_type = 'VIEW', 'VIEW', 'TABLE') AS Type, table_name AS Owner
        FROM information_schema.tables WHERE table_schema = DATABASE() AND LEFT(table_name, 7) <> 'mirror_'
        UNION ALL SELECT routine_name, routine_type, routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()
        UNION ALL SELECT trigger_name, 'TRIGGER', event_object_table FROM information_schema.triggers WHERE trigger_schema = DATABASE()
        """;

    /// <summary>Reads all definitions.</summary>
    /// <returns>The texts, by type and name; the owner is the table that a suspect would name.</returns>
    public static async Task<IReadOnlyDictionary<(string Type, string Name, string Owner), string>> ReadAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        var objects = await connection.QueryAsync<(string Name, string Type, string Owner)>(
            new CommandDefinition(ObjectsSql, cancellationToken: cancellationToken));
        var texts = new Dictionary<(string Type, string Name, string Owner), string>();
        foreach (var (name, type, owner) in objects)
            texts.Add((type, name, owner), await ReadAsync(connection, type, name, cancellationToken));
        return texts;
    }

    /// <summary>What is missing on one node or defined differently, by the table that it belongs to.</summary>
    public static IEnumerable<(string Name, string What)> Compare(
        IReadOnlyDictionary<(string Type, string Name, string Owner), string> primary,
        IReadOnlyDictionary<(string Type, string Name, string Owner), string> standby) =>
        from key in primary.Keys.Union(standby.Keys)
        let onPrimary = primary.GetValueOrDefault(key, "missing")
        let onStandby = standby.GetValueOrDefault(key, "missing")
        where onPrimary != onStandby
        select (key.Owner, $"{key.Type} {key.Name}\n  on the primary: {onPrimary}\n  on the standby: {onStandby}");

    private static async Task<string> ReadAsync(DbConnection connection, string type, string name, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SHOW CREATE {type} {Tool.Comparison.Sql.Quote(name)}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        // Name and text; for routines and triggers the sql_mode stands between them.
        return AutomaticValue().Replace(reader.GetString(type is "TABLE" or "VIEW" ? 1 : 2), "");
    }

    // Gaps differ after rollbacks, which is no difference of rows.
    [GeneratedRegex(@" AUTO_INCREMENT=\d+")]
    private static partial Regex AutomaticValue();
}
