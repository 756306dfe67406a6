using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>Looks at what was read: it holds all that any client had been told of before the read began, and nothing that never happened.</summary>
internal static class ReadCheck
{
    public static IEnumerable<Violation> Run(Ledger ledger)
    {
        var changes = ledger.Entries
            .SelectMany(entry => entry.Intent.Changes.Select(change => (change.Cell, change.Amount, Entry: entry)))
            .ToLookup(change => change.Cell);
        var reads = ledger.Entries
            .Where(entry => entry.Outcome == Outcome.Acknowledged && entry.Intent.Reads is not null)
            .GroupBy(entry => entry.Intent.Reads!);
        foreach (var cell in reads)
        {
            var acknowledged = new Steps(changes[cell.Key]
                .Where(change => change.Entry.Expectation == Expectation.Done)
                .Select(change => (change.Entry.Ending!.At, change.Amount)));
            var begun = new Steps(changes[cell.Key]
                .Where(change => change.Entry.Expectation != Expectation.Undone)
                .Select(change => (change.Entry.Intent.At, change.Amount)));
            foreach (var read in cell)
            {
                var start = Cells.StartOf(cell.Key);
                var (least, most) = (start + acknowledged.At(read.Intent.At), start + begun.At(read.Ending!.At));
                if (read.Ending.Seen is not { } seen)
                    yield return new("a read gives a value", $"{cell.Key} was not there", read);
                else if (seen < least)
                    yield return new("a read sees what was acknowledged before it", FormattableString.Invariant($"{cell.Key} was read as {seen} and was at least {least} by then"), read);
                else if (seen > most)
                    yield return new("a read sees nothing that nobody wrote", FormattableString.Invariant($"{cell.Key} was read as {seen} and was at most {most} by then"), read);
            }
        }
    }

    /// <summary>What amounts came to, by time.</summary>
    private sealed class Steps
    {
        private readonly List<long> _times = [];
        private readonly List<long> _sums = [0];

        public Steps(IEnumerable<(long At, long Amount)> amounts)
        {
            foreach (var (at, amount) in amounts.OrderBy(step => step.At))
            {
                _times.Add(at);
                _sums.Add(_sums[^1] + amount);
            }
        }

        /// <summary>The sum of all that came before a moment.</summary>
        public long At(long time)
        {
            var index = _times.BinarySearch(time);
            if (index < 0)
                return _sums[~index];
            while (index > 0 && _times[index - 1] == time)
                index--;
            return _sums[index];
        }
    }
}
