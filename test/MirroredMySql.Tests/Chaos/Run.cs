using System.Diagnostics;
using System.Text;
using System.Text.Json;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Faults;
using MirroredMySql.Chaos.Judgment;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Tests.Chaos;

/// <summary>A chaos run that has not taken place: what clients wrote down, what both nodes hold, and what the judge makes of it.</summary>
internal sealed class Run
{
    private readonly StringBuilder _diary = new();
    private readonly Chronicle _chronicle = new(TextWriter.Null);
    private long _now = Stopwatch.GetTimestamp();
    private long _number;

    private Run()
    {
    }

    public Dictionary<long, long> OnPrimary { get; } = [];

    public Dictionary<long, long> OnStandby { get; } = [];

    public Dictionary<string, long> PrimaryCells { get; } = Cells.Lasting.ToDictionary(cell => cell, Cells.StartOf);

    public Dictionary<string, long> StandbyCells { get; } = Cells.Lasting.ToDictionary(cell => cell, Cells.StartOf);

    public Dictionary<int, long> PrimaryRegisters { get; } = Unmarked();

    public Dictionary<int, long> StandbyRegisters { get; } = Unmarked();

    public Dictionary<string, IReadOnlyList<string>> Differences { get; } = [];

    public Chronicle Chronicle => _chronicle;

    public NodeState PrimaryState { get; set; } = new(7, "token", "Mirrored", 0, 0, new Dictionary<string, string>());

    public NodeState StandbyState { get; set; } = new(7, "token", "Mirrored", 0, 0, new Dictionary<string, string>());

    public Settlement Settlement { get; set; } = new(MirrorMode.Mirrored, "token", Unsettled: 0, TimeSpan.Zero);

    /// <summary>What the mirror is when both nodes have been compared; the same as before, where nothing else is said.</summary>
    public Settlement? Later { get; set; }

    public bool AreInStep { get; set; } = true;

    public bool HasFaults { get; set; }

    public bool HasPartitions { get; set; }

    public int Clients { get; set; } = 1;

    public int Tables { get; set; } = 6;

    public long PrimarySum { get; set; }

    /// <summary>What is behind the last line of the diary.</summary>
    public string Tail { get; set; } = "";

    /// <summary>Nobody has done anything.</summary>
    public static Run Empty() => new();

    /// <summary>One acknowledged insert, which both nodes have, one acknowledged read, and nothing else to be seen.</summary>
    public static Run Good()
    {
        var run = new Run();
        run.Does(Outcome.Acknowledged, new() { Adds = [1] });
        run.Has(1);
        run.Does(Outcome.Acknowledged, new() { Reads = Cells.Counter(0) }, seen: 0);
        return run;
    }

    /// <summary>A client sets out to do something, and is told what became of it.</summary>
    public void Does(Outcome outcome, Act act, long? seen = null)
    {
        var number = ++_number;
        Begins(number, act);
        if (outcome != Outcome.Unfinished)
            Write(Diary.EndingMark, new Ending(number, outcome, ++_now, Seen: seen));
    }

    /// <summary>Two that overlap: the second begins before the first has ended.</summary>
    public void DoBeside((Act Act, long? Seen) first, (Act Act, long? Seen) second)
    {
        var (one, other) = (++_number, ++_number);
        Begins(one, first.Act);
        Begins(other, second.Act);
        Write(Diary.EndingMark, new Ending(one, Outcome.Acknowledged, ++_now, Seen: first.Seen));
        Write(Diary.EndingMark, new Ending(other, Outcome.Acknowledged, ++_now, Seen: second.Seen));
    }

    public void Has(long id) => OnPrimary[id] = OnStandby[id] = 1;

    public void Holds(string cell, long value) => PrimaryCells[cell] = StandbyCells[cell] = value;

    public void Holds(int register, long mark) => PrimaryRegisters[register] = StandbyRegisters[register] = mark;

    public void Meets(Surprise surprise) => Write(Diary.SurpriseMark, surprise);

    /// <summary>A fault is tried.</summary>
    public void Suffers(FaultReport report)
    {
        var kind = new FaultKind("test", 1, FaultReach.Client, 0, 0, (_, _) => Task.FromResult(report));
        var fault = new PlannedFault(kind, NodeRole.Primary, TimeSpan.Zero, TimeSpan.Zero, Overlaps: false, IsPatient: false, Chance: 0);
        _chronicle.Add(new FaultRecord(fault, ++_now, ++_now, report));
    }

    public IReadOnlyList<Violation> Violations() => Evidence().Violations();

    /// <summary>What was promised and not kept, each promise once.</summary>
    public IEnumerable<string> Promises => Violations().Select(violation => violation.Promise).Distinct();

    /// <summary>Nothing else may be wrong with the run, or the test would prove nothing.</summary>
    public void AssertViolates(string promise) => Assert.That(Promises, Is.EquivalentTo(new[] { promise }), string.Join('\n', Violations()));

    public Evidence Evidence()
    {
        var calm = new Calm(0, ++_now, [.. Enumerable.Range(1, Clients)], AreInStep);
        var findings = new Findings(
            new NodeContents("primary", OnPrimary, PrimaryCells, PrimaryRegisters, PrimaryState),
            new NodeContents("standby", OnStandby, StandbyCells, StandbyRegisters, StandbyState),
            new NodeFindings(Tables, 0, Differences, PrimarySum, 0));
        var ledger = new Ledger([(1, _diary + Tail)]);
        return new Evidence(Clients, HasFaults, HasPartitions, _chronicle, calm, ledger, Settlement, Later ?? Settlement, findings);
    }

    private static Dictionary<int, long> Unmarked() => Enumerable.Range(0, DeedSchema.Registers).ToDictionary(id => id, _ => DeedSchema.Unmarked);

    private void Begins(long number, Act act) =>
        Write(Diary.IntentMark, new Intent(number, 0, "test", ++_now, act.Adds, act.Removes, act.Changes, act.Marks, act.Reads, act.RollsBack));

    private void Write<T>(char mark, T entry) => _diary.Append(mark).Append(JsonSerializer.Serialize(entry)).Append('\n');
}

/// <summary>What a client of a <see cref="Run"/> does.</summary>
internal sealed record Act
{
    public IReadOnlyList<long> Adds { get; init; } = [];

    public IReadOnlyList<long> Removes { get; init; } = [];

    public IReadOnlyList<Change> Changes { get; init; } = [];

    public IReadOnlyList<Mark> Marks { get; init; } = [];

    public string? Reads { get; init; }

    public bool RollsBack { get; init; }
}
