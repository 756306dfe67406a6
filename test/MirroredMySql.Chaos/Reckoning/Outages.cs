using System.Diagnostics;
using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>The gaps between acknowledgements, over all clients, from the first one until the clients were asked to stop.</summary>
internal sealed class Outages
{
    private readonly List<(long Start, long End)> _gaps;

    public Outages(Ledger ledger, long end)
    {
        var times = ledger.Entries
            .Where(entry => entry is { Outcome: Outcome.Acknowledged, Intent: { RollsBack: false, Reads: null } })
            .Select(entry => entry.Ending!.At)
            .Where(at => at < end)
            .Append(end).Order().ToList();
        _gaps = [.. times.Zip(times.Skip(1))];
    }

    /// <summary>The longest of all.</summary>
    public TimeSpan Longest => LongestWithin(long.MinValue, long.MaxValue);

    /// <summary>The longest that has anything to do with this time.</summary>
    public TimeSpan LongestWithin(long start, long end) => _gaps
        .Where(gap => gap.End > start && gap.Start < end)
        .Select(gap => Stopwatch.GetElapsedTime(gap.Start, gap.End))
        .DefaultIfEmpty()
        .Max();
}
