namespace MirroredMySql.Sql;

/// <summary>
/// The session variable sql_select_limit, which cuts short whatever query has no LIMIT of its own. A caller may have set it, and
/// MySqlConnector leaves it at 0 when a SchemaOnly command fails: the mirror's own queries carry a LIMIT, and where there is no place
/// for one (SHOW), they lift it first.
/// </summary>
internal static class SelectLimit
{
    /// <summary>Lets every query return all of its rows.</summary>
    public const string Lift = "SET sql_select_limit=18446744073709551615;";

    /// <summary>Returns the value in force.</summary>
    public const string Read = "SELECT @@sql_select_limit LIMIT 1;";

    /// <summary>Whether a value that was read limits anything.</summary>
    public static bool Limits(string? value) => value != "18446744073709551615";

    /// <summary>Gives the session back what it had.</summary>
    public static string Restore(string? value) => $"SET sql_select_limit={value}";
}
