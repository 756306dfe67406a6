using System.Globalization;

namespace MirroredMySql.Sessions;

/// <summary>What the caller's latest write left behind for ROW_COUNT() and @@warning_count, which the mirror's own statements overwrite.</summary>
internal sealed record Aftermath(int Affected, int Warnings)
{
    /// <summary>The value of an expression, or null for one that is not known here.</summary>
    public string? Answer(string expression)
    {
        var name = expression.TrimEnd(' ', '(', ')').ToUpperInvariant();
        return name switch
        {
            "ROW_COUNT" => Affected.ToString(CultureInfo.InvariantCulture),
            "@@WARNING_COUNT" or "@@SESSION.WARNING_COUNT" or "@@LOCAL.WARNING_COUNT" => Warnings.ToString(CultureInfo.InvariantCulture),
            "@@ERROR_COUNT" or "@@SESSION.ERROR_COUNT" or "@@LOCAL.ERROR_COUNT" => "0",
            _ => null,
        };
    }
}
