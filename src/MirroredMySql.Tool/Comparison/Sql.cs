namespace MirroredMySql.Tool.Comparison;

internal static class Sql
{
    public static string Quote(string identifier) => $"`{identifier.Replace("`", "``", StringComparison.Ordinal)}`";
}
