namespace MirroredMySql.Sql;

/// <summary>Names in SQL of our own.</summary>
internal static class Identifier
{
    /// <summary>The name in backticks, which every sql_mode reads as a name.</summary>
    public static string Quote(string name) => "`" + name.Replace("`", "``", StringComparison.Ordinal) + "`";
}
