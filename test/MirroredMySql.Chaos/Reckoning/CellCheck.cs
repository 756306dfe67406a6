using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>
/// Looks on one node for what every deed has added to a number: all that was acknowledged, nothing that failed or was rolled back, and of
/// what is in doubt as much as the rows of the same deed tell, or anything between nothing and all where it has no rows.
/// </summary>
internal static class CellCheck
{
    public static IEnumerable<Violation> Run(Ledger ledger, NodeContents node)
    {
        var ranges = Cells.Lasting.Concat(node.Cells.Keys).Distinct().ToDictionary(cell => cell, _ => (Least: 0L, Most: 0L));
        foreach (var entry in ledger.Entries)
        {
            var expectation = node.Resolve(entry);
            foreach (var (cell, amount) in entry.Intent.Changes)
            {
                var (least, most) = ranges.GetValueOrDefault(cell);
                ranges[cell] = expectation switch
                {
                    Expectation.Done => (least + amount, most + amount),
                    Expectation.Undone => (least, most),
                    _ => (least + Math.Min(amount, 0), most + Math.Max(amount, 0)),
                };
            }
        }
        foreach (var (cell, (least, most)) in ranges.OrderBy(range => range.Key, StringComparer.Ordinal))
        {
            var start = Cells.StartOf(cell);
            var (value, isThere) = (node.Cells.GetValueOrDefault(cell), node.Cells.ContainsKey(cell));
            if (isThere || least != 0 || Cells.Lasting.Contains(cell))
            {
                if (value < start + least || value > start + most)
                    yield return new("sums and counters are what was acknowledged", Describe(cell, value, start + least, start + most));
            }

            string Describe(string what, long found, long lowest, long highest)
            {
                var expected = lowest == highest ? $"{lowest}" : $"{lowest} to {highest}";
                return FormattableString.Invariant($"{what} is {found} on the {node.Name}, {expected} expected");
            }
        }
    }
}
