using System.Diagnostics;

namespace MirroredMySql.Chaos.Faults;

/// <summary>What happened when: faults and modes. Thread-safe.</summary>
internal sealed class Chronicle(TextWriter output)
{
    private readonly Lock _lock = new();
    private readonly List<FaultRecord> _faults = [];
    private readonly List<ModeSighting> _modes = [];
    private readonly List<string> _mishaps = [];

    /// <summary>When the clients began, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    public IReadOnlyList<FaultRecord> Faults => Copy(_faults);

    public IReadOnlyList<ModeSighting> Modes => Copy(_modes);

    /// <summary>What must not happen and is no one's deed, in sentences.</summary>
    public IReadOnlyList<string> Mishaps => Copy(_mishaps);

    /// <summary>Says what is new; that another client sees it too is not.</summary>
    public void Add(ModeSighting sighting)
    {
        lock (_lock)
        {
            var isNew = _modes.LastOrDefault() is not { } last || (last.Mode, last.Lead) != (sighting.Mode, sighting.Lead);
            _modes.Add(sighting);
            if (isNew)
                Say(sighting.At, $"  client {sighting.Client} sees {sighting.Mode}, the {sighting.Lead} leads");
        }
    }

    public void Add(FaultRecord fault) => Add(_faults, fault);

    public void AddMishap(string what) => Add(_mishaps, what);

    /// <summary>Seconds since the start, for texts.</summary>
    public string Time(long timestamp) => FormattableString.Invariant($"{Stopwatch.GetElapsedTime(Start, timestamp).TotalSeconds:0.000} s");

    public void Say(string what)
    {
        lock (_lock)
            Say(Stopwatch.GetTimestamp(), what);
    }

    private void Say(long at, string what) => output.WriteLine($"chaos: {Time(at),11}  {what}");

    private void Add<T>(List<T> list, T entry)
    {
        lock (_lock)
            list.Add(entry);
    }

    private IReadOnlyList<T> Copy<T>(List<T> list)
    {
        lock (_lock)
            return [.. list];
    }
}

/// <summary>A fault that was carried out, with its end and what there is to say about it.</summary>
internal sealed record FaultRecord(PlannedFault Fault, long Start, long End, string? Note);

/// <summary>A client has seen its mirror change.</summary>
internal sealed record ModeSighting(long At, int Client, string Mode, NodeRole Lead);
