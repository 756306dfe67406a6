using System.Collections.Frozen;
using System.Data.Common;
using System.Globalization;
using System.Text;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>What a server says of itself, read once when it is first reached.</summary>
internal sealed record NodeFacts(string Version, string Database, FrozenDictionary<string, string> Variables)
{
    /// <summary>
    /// Session variables that change what a statement does. A new session starts with the server's global values, so the
    /// standby's sessions are given the primary's wherever the two servers differ.
    /// </summary>
    private static readonly string[] Aligned =
    [
        "auto_increment_increment", "auto_increment_offset", "block_encryption_mode", "check_constraint_checks",
        "default_storage_engine", "default_week_format", "div_precision_increment", "explicit_defaults_for_timestamp",
        "foreign_key_checks", "group_concat_max_len", "lc_time_names", "max_sort_length", "sql_auto_is_null", "sql_big_selects",
        "sql_mode", "sql_safe_updates", "time_zone", "unique_checks",
    ];

    private const string IsolationName = "transaction_isolation"; // MySQL, and MariaDB from 11.1
    private const string OldIsolationName = "tx_isolation"; // MariaDB before
    private const string RollbackOnTimeout = "innodb_rollback_on_timeout";
    private const string SystemTimeZone = "system_time_zone";
    private const string CounterLocks = "innodb_autoinc_lock_mode";

    public bool IsMariaDb => Version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a lock timeout rolls back the transaction and not only the statement.</summary>
    public bool RollsBackOnLockTimeout => Variables.GetValueOrDefault(RollbackOnTimeout) is "ON" or "1";

    /// <summary>Whether the rows of one INSERT … SELECT may get ids that do not follow each other.</summary>
    public bool GivesIdsWithGaps => Variables.GetValueOrDefault(CounterLocks) == "2";

    /// <summary>The name by which this server knows the isolation level of its sessions.</summary>
    public string IsolationVariable => Variables.ContainsKey(IsolationName) ? IsolationName : OldIsolationName;

    /// <summary>How the server reads SQL text under its own sql_mode.</summary>
    public SqlSyntax Syntax => (IsMariaDb ? SqlSyntax.MariaDb : SqlSyntax.None).WithSqlMode(Variables.GetValueOrDefault("sql_mode", ""));

    /// <summary>The version as the servers number it in executable comments: 80036, 101119.</summary>
    public int VersionNumber
    {
        get
        {
            var parts = Version.Split('-')[0].Split('.');
            return parts.Length < 3 ? 0 : parts.Take(3).Aggregate(0, (sum, part) => (sum * 100) + (int.TryParse(part, CultureInfo.InvariantCulture, out var n) ? n : 0));
        }
    }

    public static async ValueTask<NodeFacts> ReadAsync(DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var names = string.Join(',', Aligned.Append(IsolationName).Append(OldIsolationName).Append(SystemTimeZone).Append(RollbackOnTimeout).Append(CounterLocks).Select(n => $"'{n}'"));
        using var command = connection.CreateCommand();
        command.CommandText = $"{SelectLimit.Lift}SELECT VERSION(), DATABASE(); SHOW SESSION VARIABLES WHERE Variable_name IN ({names}); SET sql_select_limit=DEFAULT";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false);
        var version = reader.GetString(0);
        var database = reader.IsDBNull(1) ? "" : reader.GetString(1);
        await reader.NextResultAsync(async, cancellationToken).ConfigureAwait(false);
        while (await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            variables[reader.GetString(0)] = Convert.ToString(reader.GetValue(1), CultureInfo.InvariantCulture) ?? "";
        return new NodeFacts(version, database, variables.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>
    /// What a fresh session of this node has to be told first: the reference node's values where they differ, and REPEATABLE READ,
    /// below which two nodes that run the same statements do not end up the same. Empty when there is nothing to say.
    /// </summary>
    public string Prologue(NodeFacts reference)
    {
        var sql = new StringBuilder();
        foreach (var name in Aligned)
        {
            // The families know different modes; each keeps its own.
            if (name == "sql_mode" && IsMariaDb != reference.IsMariaDb)
                continue;
            if (Variables.TryGetValue(name, out var own) && reference.Variables.TryGetValue(name, out var wanted) && own != wanted)
                sql.Append(sql.Length == 0 ? "SET " : ", ").Append(name).Append('=').Append(Literal(wanted));
        }

        if (sql.Length > 0)
            sql.Append(';');
        if (Isolation is "READ-COMMITTED" or "READ-UNCOMMITTED")
            sql.Append("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;");
        return sql.ToString();
    }

    /// <summary>True when both nodes take their clock from the system and the systems are in different time zones.</summary>
    public bool HasOtherSystemTimeZone(NodeFacts other) =>
        Variables.GetValueOrDefault("time_zone") == "SYSTEM" && other.Variables.GetValueOrDefault("time_zone") == "SYSTEM"
        && Variables.GetValueOrDefault(SystemTimeZone) != other.Variables.GetValueOrDefault(SystemTimeZone);

    private string Isolation => Variables.GetValueOrDefault(IsolationVariable, "").ToUpperInvariant();

    // Numbers are sent bare and switches as words; SHOW prints ON and OFF for both.
    private static string Literal(string value) =>
        decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out _) || value is "ON" or "OFF"
            ? value
            : "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";
}
