namespace MirroredMySql.Exactness;

/// <summary>Why tables may differ between the nodes behind a write whose outcomes were equal.</summary>
/// <param name="Tables">The tables; empty for any.</param>
/// <param name="Reason">Why, as a clause.</param>
internal sealed record Doubt(IReadOnlyCollection<string> Tables, string Reason);
