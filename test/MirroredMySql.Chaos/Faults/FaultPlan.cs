namespace MirroredMySql.Chaos.Faults;

/// <summary>Draws faults without end. The same seed and the same kinds draw the same ones, however long anything takes.</summary>
internal sealed class FaultPlan(int seed, IEnumerable<FaultKind> kinds)
{
    private const double ShortestPause = 0.5;
    private const double LongestPause = 4;
    private const double ChanceOfOverlap = 0.35;
    private const double ChanceOfPatience = 0.8;

    private readonly Random _random = new(seed);

    /// <summary>One plan for the nodes and one for the clients: who waits for a node to come back is not to spare the clients meanwhile.</summary>
    public static IEnumerable<FaultPlan> Of(FaultSettings settings) => settings.Selection is { } selection
        ? FaultKind.All
            .Where(kind => selection.Includes(kind.Name) && (settings.HasPartitions || !kind.IsPartition))
            .GroupBy(kind => kind.HitsNode)
            .Select(lane => new FaultPlan(lane.Key ? settings.Seed : ~settings.Seed, lane))
        : [];

    public IEnumerable<PlannedFault> Draw()
    {
        // Dealt like cards, so that a short run also meets most kinds.
        var deck = kinds.SelectMany(kind => Enumerable.Repeat(kind, kind.Weight)).ToArray();
        while (deck.Length > 0)
        {
            _random.Shuffle(deck);
            foreach (var kind in deck)
                yield return Draw(kind);
        }
    }

    private PlannedFault Draw(FaultKind kind) => new(
        kind,
        _random.Next(2) == 0 ? NodeRole.Primary : NodeRole.Standby,
        Seconds(ShortestPause, LongestPause),
        Seconds(kind.Shortest, kind.Longest),
        _random.NextDouble() < ChanceOfOverlap,
        _random.NextDouble() < ChanceOfPatience,
        _random.Next());

    private TimeSpan Seconds(double shortest, double longest) =>
        TimeSpan.FromSeconds(shortest + _random.NextDouble() * (longest - shortest));
}
