using MirroredMySql.Chaos.Faults;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>A change of the epoch, as the first client saw it.</summary>
/// <param name="At">When.</param>
/// <param name="Epoch">The new one's number.</param>
/// <param name="LeadChanged">Whether another node leads.</param>
/// <param name="ModeChanged">Whether a node has gone or come back.</param>
/// <param name="IsAlone">Whether one node leads alone from then on.</param>
internal sealed record EpochChange(long At, long Epoch, bool LeadChanged, bool ModeChanged, bool IsAlone)
{
    /// <summary>Whether writes had to go elsewhere: a node was lost, or another one leads.</summary>
    public bool IsFailover => LeadChanged || (ModeChanged && IsAlone);

    /// <summary>All changes, in their order. Every client sees one a little earlier or later than the others; the number tells which it is.</summary>
    public static IReadOnlyList<EpochChange> Of(IReadOnlyList<ModeSighting> sightings)
    {
        var firsts = sightings
            .Where(sighting => sighting.Epoch > 0)
            .GroupBy(sighting => sighting.Epoch)
            .Select(group => group.MinBy(sighting => sighting.At)!)
            .OrderBy(sighting => sighting.Epoch)
            .ToList();
        return
        [
            .. firsts.Zip(firsts.Skip(1), (before, after) => new EpochChange(
                after.At, after.Epoch, before.Lead != after.Lead, before.IsAlone != after.IsAlone, after.IsAlone)),
        ];
    }
}
