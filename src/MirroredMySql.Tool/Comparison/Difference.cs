namespace MirroredMySql.Tool.Comparison;

/// <summary>Something that is not the same on both nodes.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">The key of the row, or <see langword="null"/> when the table as a whole differs.</param>
/// <param name="Column">The column, or <see langword="null"/> when a whole row or table differs.</param>
/// <param name="OnPrimary">What the primary has.</param>
/// <param name="OnStandby">What the standby has.</param>
internal sealed record Difference(string Table, string? Key, string? Column, string OnPrimary, string OnStandby)
{
    public override string ToString()
    {
        var place = Table + (Key is null ? "" : $" ({Key})") + (Column is null ? "" : $" {Column}");
        return $"{place}: {OnPrimary} on the primary, {OnStandby} on the standby";
    }
}

/// <summary>What the comparison of one table found.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">How many rows the primary has.</param>
/// <param name="Differences">How many differences there are.</param>
/// <param name="First">The first few of them.</param>
internal sealed record TableFindings(string Table, long Rows, long Differences, IReadOnlyList<Difference> First);
