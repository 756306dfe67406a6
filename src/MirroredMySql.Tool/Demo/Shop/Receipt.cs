namespace MirroredMySql.Tool.Demo.Shop;

/// <summary>What has been acknowledged, for the comparison to hold it against what is there.</summary>
/// <param name="Writes">The statements that have written and were committed.</param>
/// <param name="Rows">The rows that tables gained or lost. A table that is never named is not accounted for.</param>
internal sealed record Receipt(int Writes, params IReadOnlyList<(string Table, int Count)> Rows)
{
    /// <summary>For what only reads.</summary>
    public static Receipt Nothing { get; } = new(0);

    /// <summary>For a transaction that its caller rolled back.</summary>
    public static Receipt RolledBack { get; } = new(0) { IsRollback = true };

    public bool IsRollback { get; private init; }
}
