using System.Diagnostics;
using System.Text.RegularExpressions;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Faults;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>The end of the run as text: faults, writes and outages first, then what went wrong, then one line that says it all.</summary>
internal sealed partial class FaultText(FaultSettings settings, Evidence evidence, IReadOnlyList<Violation> violations, TextWriter output)
{
    private const int MaxShown = 5;
    private const int MaxErrors = 20;

    // How long before and after a change of the epoch its outage is looked for.
    private static readonly TimeSpan BeforeChange = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(2);

    private readonly Chronicle _chronicle = evidence.Chronicle;
    private readonly Ledger _ledger = evidence.Ledger;
    private readonly Outages _outages = new(evidence.Ledger, evidence.Calm.End);
    private readonly IReadOnlyList<EpochChange> _changes = EpochChange.Of(evidence.Chronicle.Modes);

    /// <param name="papers">Where diaries and logs are kept, if they are.</param>
    public async Task WriteAsync(string? papers)
    {
        await FaultsAsync();
        await FailoversAsync();
        await WritesAsync();
        await ErrorsAsync();
        await SuspectsAsync();
        await SurprisesAsync();
        await ViolationsAsync();
        if (papers is not null)
            await output.WriteLineAsync($"diaries and logs are kept in {papers}");
        await output.WriteLineAsync(LastLine());
    }

    private async Task FaultsAsync()
    {
        await output.WriteLineAsync("faults");
        var faults = _chronicle.Faults.OrderBy(fault => fault.Start).ToList();
        var nextStarts = faults.Skip(1).Select(next => next.Start).Append(long.MaxValue);
        var kinds = faults
            .Zip(nextStarts, (fault, next) => (Fault: fault, Outage: _outages.LongestWithin(fault.Start, Math.Max(fault.End, next))))
            .GroupBy(entry => entry.Fault.Fault.Kind.Name)
            .OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var kind in kinds)
        {
            var outage = kind.Max(entry => entry.Outage).TotalSeconds;
            var missed = kind.Count(entry => !entry.Fault.HasHappened);
            var others = missed == 0 ? "" : Invariant($", {missed} more did not come about");
            await output.WriteLineAsync(Invariant($"  {kind.Key,-24} {kind.Count() - missed,4}  longest outage {outage:0.00} s{others}"));
        }
    }

    private async Task FailoversAsync()
    {
        await output.WriteLineAsync(Invariant($"failovers: {Failovers.Count}; a node came back {Admissions.Count} times, with {Replayed} replayed entries"));
        foreach (var change in Failovers)
        {
            var what = (change.LeadChanged, change.ModeChanged) switch
            {
                (true, true) => "the other node leads, alone",
                (true, false) => "the other node leads",
                _ => "the lead goes on alone",
            };
            var outage = _outages.LongestWithin(change.At - Ticks(BeforeChange), change.At + Ticks(AfterChange));
            await output.WriteLineAsync(Invariant($"  at {_chronicle.Time(change.At),11}  epoch {change.Epoch,3}  outage {outage.TotalSeconds:0.00} s  {what}"));
        }
    }

    private async Task WritesAsync()
    {
        await output.WriteLineAsync("deeds                        acknowledged     failed   in doubt unfinished    longest");
        foreach (var kind in _ledger.Entries.GroupBy(entry => entry.Intent.Kind).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var counts = Enum.GetValues<Outcome>().Select(outcome => Invariant($" {kind.Count(entry => entry.Outcome == outcome),10}"));
            await output.WriteLineAsync(Invariant($"  {kind.Key,-28}{string.Concat(counts)} {Longest(kind).TotalSeconds,8:0.00} s"));
        }
    }

    private async Task ErrorsAsync()
    {
        await output.WriteLineAsync("errors");
        var errors = _ledger.Entries
            .Where(entry => entry.Ending?.Error is not null)
            .GroupBy(entry => (entry.Outcome, Error: Digits().Replace(entry.Ending!.Error!, "…")))
            .OrderByDescending(group => group.Count())
            .Take(MaxErrors);
        foreach (var error in errors)
            await output.WriteLineAsync(Invariant($"  {error.Count(),8}  {error.Key.Outcome}: {error.Key.Error.ReplaceLineEndings(" ")}"));
    }

    private async Task SuspectsAsync()
    {
        await output.WriteLineAsync($"suspects that remained: {Suspects.Count}");
        foreach (var (table, reason) in Suspects.OrderBy(suspect => suspect.Key, StringComparer.Ordinal))
        {
            var isDifferent = evidence.Findings.Comparison.Differences.ContainsKey(table);
            await output.WriteLineAsync($"  {table,-28} {(isDifferent ? "DIFFERS" : "is equal")}: {reason.ReplaceLineEndings(" ")}");
        }
    }

    private async Task SurprisesAsync()
    {
        foreach (var surprise in _ledger.Surprises)
        {
            await output.WriteLineAsync(Invariant($"unexpected, {surprise.Count} times in {surprise.Kind}: {surprise.What}"));
            await output.WriteLineAsync("    " + surprise.Details.ReplaceLineEndings("\n    "));
        }
    }

    private async Task ViolationsAsync()
    {
        foreach (var promise in violations.GroupBy(violation => violation.Promise))
        {
            await output.WriteLineAsync($"VIOLATED: {promise.Key}: {promise.Count()} times");
            foreach (var violation in promise.OrderBy(violation => violation.Entry?.Intent.At).Take(MaxShown))
                await output.WriteLineAsync($"    {violation.What}{(violation.Entry is { } entry ? Describe(entry) : "")}");
        }
    }

    private string Describe(Entry entry)
    {
        var (intent, ending) = (entry.Intent, entry.Ending);
        var end = ending is null ? "the client's death" : _chronicle.Time(ending.At);
        var error = ending?.Error is { } message ? $"\n      told: {message}" : "";
        var faults = _chronicle.Faults
            .Where(fault => fault.Start < (ending?.At ?? intent.At + Ticks(AfterChange)) && fault.End > intent.At)
            .Select(fault => $"\n      during {fault.Fault} from {_chronicle.Time(fault.Start)} to {_chronicle.Time(fault.End)}");
        var mirror = _chronicle.Modes
            .Where(sighting => sighting.At <= intent.At && sighting.Client == entry.Client)
            .Select(sighting => Invariant($"\n      its mirror: epoch {sighting.Epoch}, {sighting.Mode}, the {sighting.Lead} leads, since {_chronicle.Time(sighting.At)}"))
            .LastOrDefault();
        var changes = string.Join(", ", intent.Changes.Select(change => Invariant($"{change.Cell} {change.Amount:+0;-0}")));
        var marks = string.Join(", ", intent.Marks.Select(mark => Invariant($"{mark.Value} on {mark.Register}")));
        var (adds, removes) = (string.Join(", ", intent.Adds), string.Join(", ", intent.Removes));
        return $"\n      {intent.Kind} of client {entry.Client}, worker {intent.Worker}, {entry.Outcome}"
            + $"\n      from {_chronicle.Time(intent.At)} to {end}, adds [{adds}] removes [{removes}] changes [{changes}] marks [{marks}]"
            + mirror + error + string.Concat(faults);
    }

    private string LastLine()
    {
        FormattableString[] parts =
        [
            $"chaos: {(violations.Count == 0 ? "passed" : $"FAILED ({violations.Count} violations)")}: ",
            $"seed {settings.Seed}, {settings.Processes} processes, {settings.Workers} workers, {settings.Duration.TotalSeconds} s, ",
            $"{_chronicle.Faults.Count(fault => fault.HasHappened)} faults, {Count(Outcome.Acknowledged)} acknowledged, {Count(Outcome.Failed)} failed, ",
            $"{Count(Outcome.InDoubt) + Count(Outcome.Unfinished)} in doubt, {Failovers.Count} failovers, {Replayed} replayed, ",
            $"longest outage {_outages.Longest.TotalSeconds:0.00} s, {Suspects.Count} suspects",
        ];
        return string.Concat(parts.Select(Invariant));
    }

    private List<EpochChange> Failovers => [.. _changes.Where(change => change.IsFailover)];

    private List<FormationChange> Admissions => [.. _chronicle.Events.Where(happening => happening.IsAdmission)];

    private long Replayed => Admissions.Sum(admission => admission.Count);

    private Dictionary<string, string> Suspects => evidence.Findings.Primary.State.Suspects
        .Concat(evidence.Findings.Standby.State.Suspects)
        .GroupBy(suspect => suspect.Key, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(group => group.Key, group => group.First().Value, StringComparer.OrdinalIgnoreCase);

    private int Count(Outcome outcome) => _ledger.Entries.Count(entry => entry.Outcome == outcome && entry.Intent.Reads is null);

    private static TimeSpan Longest(IEnumerable<Entry> entries) => entries
        .Where(entry => entry.Ending is not null)
        .Select(entry => Stopwatch.GetElapsedTime(entry.Intent.At, entry.Ending!.At))
        .DefaultIfEmpty()
        .Max();

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // What differs in nothing but keys and ports is the same error.
    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
