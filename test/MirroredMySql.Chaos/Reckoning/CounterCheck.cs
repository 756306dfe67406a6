namespace MirroredMySql.Chaos.Reckoning;

/// <summary>A counter has at least what was acknowledged, and at most what was also in doubt.</summary>
internal static class CounterCheck
{
    public static IEnumerable<Violation> Run(Ledger ledger, NodeContents node)
    {
        var increments = ledger.Entries
            .SelectMany(entry => entry.Intent.Counts.Select(counter => (Counter: counter, entry.Expectation)))
            .ToLookup(increment => increment.Counter, increment => increment.Expectation);
        foreach (var counter in increments.Select(group => group.Key).Union(node.Counters.Keys).Order(StringComparer.Ordinal))
        {
            var least = increments[counter].Count(expectation => expectation == Expectation.Done);
            var most = least + increments[counter].Count(expectation => expectation == Expectation.DoneOrUndone);
            var value = node.Counters.GetValueOrDefault(counter);
            if (value < least)
                yield return new("no acknowledged increment is lost", Describe($"at least {least}"));
            if (value > most)
                yield return new("an increment happens once", Describe($"at most {most}"));

            string Describe(string expected) => FormattableString.Invariant($"{counter} is {value} on the {node.Name}, {expected} expected");
        }
    }
}
