using MirroredMySql.Chaos.Control;

namespace MirroredMySql.Chaos.Clients;

/// <summary>Where a worker's deeds come from: its random numbers, and ids that nobody else uses.</summary>
/// <param name="random">The worker's own random numbers.</param>
/// <param name="client">The number of the process, never used again in the run.</param>
/// <param name="worker">The number of the worker in the process.</param>
internal sealed class DeedSource(Random random, int client, int worker)
{
    private const int MaxWorkers = ChaosCommand.MaxWorkers + 1;
    private const long IdsPerWorker = 10_000_000;
    private const int MaxRemembered = 100;

    private readonly List<long> _old = [];
    private long _nextId = ((long)client * MaxWorkers + worker) * IdsPerWorker;

    public Random Random => random;

    /// <summary>What to do next.</summary>
    public Deed Next()
    {
        var left = random.Next(Deeds.All.Sum(kind => kind.Weight));
        return Deeds.All.First(kind => (left -= kind.Weight) < 0).Draw(this);
    }

    public int Next(int count) => random.Next(count);

    public IReadOnlyList<long> NewIds(int count) => [.. Enumerable.Range(0, count).Select(_ => _nextId++)];

    /// <summary>An id that was surely written; none when there is none left.</summary>
    public long? OldId()
    {
        if (_old.Count == 0)
            return null;
        var at = random.Next(_old.Count);
        var id = _old[at];
        _old.RemoveAt(at);
        return id;
    }

    /// <summary>The ids of an acknowledged deed may be removed by a later one.</summary>
    public void Remember(Deed deed)
    {
        if (deed is { RollsBack: false, IsLasting: false } && _old.Count < MaxRemembered)
            _old.AddRange(deed.Adds);
    }
}
