using System.Collections.Frozen;

namespace MirroredMySql.Sql;

/// <param name="WhenRead">What <c>@@name</c> makes of a statement.</param>
/// <param name="Effects">What reading it does.</param>
/// <param name="WhenSet">What SET makes of it.</param>
internal readonly record struct SystemVariable(
    StatementTraits WhenRead = StatementTraits.None, Effects Effects = Effects.None, StatementTraits WhenSet = StatementTraits.None);

/// <summary>The system variables that matter to the routing.</summary>
internal static class SystemVariables
{
    private const StatementTraits Data = StatementTraits.ReadsData;

    private static readonly FrozenDictionary<string, SystemVariable>.AlternateLookup<ReadOnlySpan<char>> ByName =
        new (string Names, SystemVariable Variable)[]
        {
            ("identity last_insert_id", new(Data | StatementTraits.ReadsLastInsertId, Effects.Lead, StatementTraits.SetsLastInsertId)),
            ("insert_id", new(Data, Effects.Lead, StatementTraits.SetsInsertId)),
            ("warning_count error_count", new(Data | StatementTraits.ReadsDiagnostics, Effects.Lead)),
            ("in_transaction last_gtid gtid_next pseudo_thread_id proxy_user", new(Data, Effects.Lead)),
            ("timestamp", new(Data, WhenSet: StatementTraits.SetsTimestamp)),
            ("rand_seed1 rand_seed2", new(WhenSet: StatementTraits.SetsRandSeed)),
            ("time_zone", new(WhenSet: StatementTraits.SetsTimeZone)),
            ("sql_mode", new(WhenSet: StatementTraits.SetsSqlMode)),
            ("foreign_key_checks unique_checks", new(WhenSet: StatementTraits.SetsKeyChecks)),
            ("transaction_isolation tx_isolation transaction_read_only tx_read_only", new(WhenSet: StatementTraits.SetsIsolation)),
            ("""
                character_set_client character_set_connection character_set_results character_set_database collation_connection
                collation_database
                """, new(WhenSet: StatementTraits.SetsCharacterSet)),
            ("""
                basedir datadir gtid_binlog_pos gtid_current_pos gtid_executed gtid_purged gtid_slave_pos hostname port server_id server_uid
                server_uuid socket system_time_zone tmpdir version version_comment version_compile_machine version_compile_os
                """, new(Data | StatementTraits.ServerIdentity)),
        }
        .SelectMany(
            g => g.Names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
            (g, name) => KeyValuePair.Create(name, g.Variable))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Scopes =
        new[] { "session", "local", "global", "persist", "persist_only" }
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> UnsafeCharacterSets =
        new[] { "big5", "cp932", "gb18030", "gbk", "sjis" }
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    public static SystemVariable Find(ReadOnlySpan<char> name)
    {
        ByName.TryGetValue(name.Trim("`\""), out var variable);
        return variable;
    }

    public static bool IsScope(ReadOnlySpan<char> name) => Scopes.Contains(name);

    /// <summary>Character sets in which a backslash or a quote can be the second half of a character.</summary>
    public static bool HidesQuotes(ReadOnlySpan<char> characterSet) => UnsafeCharacterSets.Contains(characterSet.Trim("`'\""));
}
