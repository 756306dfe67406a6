using System.Diagnostics;

namespace MirroredMySql.Chaos.Faults;

/// <summary>What happened when: faults and modes. Thread-safe.</summary>
internal sealed class Chronicle(TextWriter output)
{
    private readonly Lock _lock = new();
    private readonly List<FaultRecord> _faults = [];
    private readonly List<ModeSighting> _modes = [];
    private readonly List<FormationChange> _events = [];
    private readonly List<string> _mishaps = [];
    private (long Epoch, string Mode) _newest;

    /// <summary>When the clients began, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    public IReadOnlyList<FaultRecord> Faults => Copy(_faults);

    public IReadOnlyList<ModeSighting> Modes => Copy(_modes);

    /// <summary>What the mirrors of the clients, and that of the controller, have changed themselves.</summary>
    public IReadOnlyList<FormationChange> Events => Copy(_events);

    /// <summary>What must not happen and is no one's deed, in sentences.</summary>
    public IReadOnlyList<string> Mishaps => Copy(_mishaps);

    /// <summary>Says what is new; that another client sees it too is not.</summary>
    public void Add(ModeSighting sighting)
    {
        lock (_lock)
        {
            _modes.Add(sighting);
            var isNew = sighting.Epoch > _newest.Epoch || (sighting.Epoch == _newest.Epoch && sighting.Mode != _newest.Mode);
            if (!isNew)
                return;
            _newest = (sighting.Epoch, sighting.Mode);
            Say(sighting.At, FormattableString.Invariant($"  epoch {sighting.Epoch}: client {sighting.Client} sees {sighting.Mode}, the {sighting.Lead} leads"));
        }
    }

    public void Add(FormationChange happening)
    {
        lock (_lock)
        {
            _events.Add(happening);
            var count = happening.IsAdmission ? FormattableString.Invariant($", {happening.Count} missed writes") : "";
            Say(happening.At, FormattableString.Invariant($"  client {happening.Client}: {happening.Name}{count}"));
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

    private void Say(long at, string what) => output.WriteLine($"{Time(at),11}  {what}");

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

/// <summary>A fault that was tried, with its end and what has become of it.</summary>
internal sealed record FaultRecord(PlannedFault Fault, long Start, long End, FaultReport Report)
{
    public bool HasHappened => Report.HasHappened;
}

/// <summary>A client has seen its mirror change.</summary>
internal sealed record ModeSighting(long At, int Client, long Epoch, string Mode, NodeRole Lead)
{
    public bool IsMirrored => Mode == nameof(MirrorMode.Mirrored);

    /// <summary>Whether one node leads alone, however near the other one is by now.</summary>
    public bool IsAlone => !IsMirrored;
}

/// <summary>A client's mirror has itself changed the formation.</summary>
/// <param name="At">When.</param>
/// <param name="Client">The client; 0 is the controller.</param>
/// <param name="Name">The name of the log message.</param>
/// <param name="Count">The number in it.</param>
internal sealed record FormationChange(long At, int Client, string Name, long Count)
{
    public bool IsAdmission => Name == "NodeAdmitted";
}
