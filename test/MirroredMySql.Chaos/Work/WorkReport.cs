namespace MirroredMySql.Chaos.Work;

/// <summary>What one worker, one process or all of them together have done.</summary>
internal sealed record WorkReport
{
    /// <summary>How many statements of each kind were sent.</summary>
    public Dictionary<string, long> Statements { get; init; } = [];

    /// <summary>How often each expected error came, by its number.</summary>
    public Dictionary<string, long> Errors { get; init; } = [];

    /// <summary>What must not happen.</summary>
    public List<Surprise> Surprises { get; init; } = [];

    /// <summary>The suspect tables of the processes.</summary>
    public List<SuspectTable> Suspects { get; init; } = [];

    /// <summary>What each process was at its end.</summary>
    public List<MirrorMode> Modes { get; init; } = [];

    public void Add(WorkReport other)
    {
        AddTo(Statements, other.Statements);
        AddTo(Errors, other.Errors);
        foreach (var surprise in other.Surprises)
            Add(surprise);
        Suspects.AddRange(other.Suspects);
        Modes.AddRange(other.Modes);
    }

    /// <summary>Surprises of the same kind are told once, the first with its stack.</summary>
    public void Add(Surprise surprise)
    {
        var known = Surprises.FindIndex(other => other.Kind == surprise.Kind && other.What == surprise.What);
        if (known < 0)
            Surprises.Add(surprise);
        else
            Surprises[known] = Surprises[known] with { Count = Surprises[known].Count + surprise.Count };
    }

    public static void Count(Dictionary<string, long> counters, string name, long count = 1) =>
        counters[name] = counters.GetValueOrDefault(name) + count;

    private static void AddTo(Dictionary<string, long> sum, Dictionary<string, long> counters)
    {
        foreach (var (name, count) in counters)
            Count(sum, name, count);
    }
}

/// <summary>Something that must not happen.</summary>
/// <param name="Kind">The statement kind that it happened to.</param>
/// <param name="What">The exception's type and message.</param>
/// <param name="Details">The whole exception, and the statement.</param>
/// <param name="Count">How often.</param>
internal sealed record Surprise(string Kind, string What, string Details, long Count);
