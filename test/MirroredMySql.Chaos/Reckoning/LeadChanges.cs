using MirroredMySql.Chaos.Faults;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>When the lead has changed. Every client sees a change a little later or earlier than the others.</summary>
internal static class LeadChanges
{
    /// <returns>The time of each change, as the first client saw it.</returns>
    public static IReadOnlyList<long> Of(IReadOnlyList<ModeSighting> sightings)
    {
        var changes = new List<long>();
        var lead = new Dictionary<int, NodeRole>();
        var known = NodeRole.Primary;
        foreach (var sighting in sightings.OrderBy(sighting => sighting.At))
        {
            // A client that begins knows nothing yet; what counts is that one has changed its mind.
            var hasChanged = lead.TryGetValue(sighting.Client, out var before) && before != sighting.Lead;
            lead[sighting.Client] = sighting.Lead;
            if (!hasChanged || sighting.Lead == known)
                continue;
            known = sighting.Lead;
            changes.Add(sighting.At);
        }
        return changes;
    }
}
