using System.Diagnostics;
using System.Text.RegularExpressions;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Faults;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>The end of the run as text: faults, writes and outages first, then what went wrong, then one line that says it all.</summary>
internal sealed partial class FaultText(
    FaultSettings settings, Chronicle chronicle, Ledger ledger, Outages outages, IReadOnlyList<Violation> violations, TextWriter output)
{
    private const int MaxShown = 5;
    private const int MaxErrors = 20;

    // How long before and after a change of the lead its outage is looked for.
    private static readonly TimeSpan BeforeChange = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<long> _leadChanges = LeadChanges.Of(chronicle.Modes);

    public async Task WriteAsync()
    {
        await FaultsAsync();
        await LeadChangesAsync();
        await WritesAsync();
        await ErrorsAsync();
        await SurprisesAsync();
        await ViolationsAsync();
        await output.WriteLineAsync(LastLine());
    }

    private async Task FaultsAsync()
    {
        await output.WriteLineAsync("faults");
        var faults = chronicle.Faults.OrderBy(fault => fault.Start).ToList();
        var nextStarts = faults.Skip(1).Select(next => next.Start).Append(long.MaxValue);
        var kinds = faults
            .Zip(nextStarts, (fault, next) => (Fault: fault, Outage: outages.LongestWithin(fault.Start, Math.Max(fault.End, next))))
            .GroupBy(entry => entry.Fault.Fault.Kind.Name)
            .OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var kind in kinds)
        {
            var outage = kind.Max(entry => entry.Outage).TotalSeconds;
            await output.WriteLineAsync(Invariant($"  {kind.Key,-24} {kind.Count(),4}  longest outage {outage:0.00} s"));
        }
    }

    private async Task LeadChangesAsync()
    {
        await output.WriteLineAsync(Invariant($"changes of the lead: {_leadChanges.Count}"));
        foreach (var change in _leadChanges)
        {
            var outage = outages.LongestWithin(change - Ticks(BeforeChange), change + Ticks(AfterChange));
            await output.WriteLineAsync(Invariant($"  at {chronicle.Time(change),11}  outage {outage.TotalSeconds:0.00} s"));
        }
    }

    private async Task WritesAsync()
    {
        await output.WriteLineAsync("deeds                        acknowledged     failed   in doubt unfinished");
        foreach (var kind in ledger.Entries.GroupBy(entry => entry.Intent.Kind).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var counts = Enum.GetValues<Outcome>().Select(outcome => Invariant($" {kind.Count(entry => entry.Outcome == outcome),10}"));
            await output.WriteLineAsync($"  {kind.Key,-28}{string.Concat(counts)}");
        }
    }

    private async Task ErrorsAsync()
    {
        await output.WriteLineAsync("errors");
        var errors = ledger.Entries
            .Where(entry => entry.Ending?.Error is not null)
            .GroupBy(entry => (entry.Outcome, Error: Digits().Replace(entry.Ending!.Error!, "…")))
            .OrderByDescending(group => group.Count())
            .Take(MaxErrors);
        foreach (var error in errors)
            await output.WriteLineAsync(Invariant($"  {error.Count(),8}  {error.Key.Outcome}: {error.Key.Error.ReplaceLineEndings(" ")}"));
    }

    private async Task SurprisesAsync()
    {
        foreach (var surprise in ledger.Surprises)
        {
            await output.WriteLineAsync(Invariant($"unexpected, {surprise.Count} times in {surprise.Kind}: {surprise.What}"));
            await output.WriteLineAsync("    " + surprise.Details.ReplaceLineEndings("\n    "));
        }
    }

    private async Task ViolationsAsync()
    {
        foreach (var promise in violations.GroupBy(violation => violation.Promise))
        {
            await output.WriteLineAsync($"chaos: FAILED: {promise.Key}: {promise.Count()} violations");
            foreach (var violation in promise.OrderBy(violation => violation.Entry?.Intent.At).Take(MaxShown))
                await output.WriteLineAsync($"    {violation.What}{(violation.Entry is { } entry ? Describe(entry) : "")}");
        }
    }

    private string Describe(Entry entry)
    {
        var (intent, ending) = (entry.Intent, entry.Ending);
        var end = ending is null ? "the client's death" : chronicle.Time(ending.At);
        var error = ending?.Error is { } message ? $"\n      told: {message}" : "";
        var faults = chronicle.Faults
            .Where(fault => fault.Start < (ending?.At ?? intent.At + Ticks(AfterChange)) && fault.End > intent.At)
            .Select(fault => $"\n      during {fault.Fault} from {chronicle.Time(fault.Start)} to {chronicle.Time(fault.End)}");
        var mirror = chronicle.Modes
            .Where(sighting => sighting.At <= intent.At && sighting.Client == entry.Client)
            .Select(sighting => $"\n      its mirror: {sighting.Mode}, the {sighting.Lead} leads, since {chronicle.Time(sighting.At)}")
            .LastOrDefault();
        var (adds, removes, counts) = (string.Join(", ", intent.Adds), string.Join(", ", intent.Removes), string.Join(", ", intent.Counts));
        return $"\n      {intent.Kind} of client {entry.Client}, worker {intent.Worker}, {entry.Outcome}"
            + $"\n      from {chronicle.Time(intent.At)} to {end}, adds [{adds}] removes [{removes}] counts [{counts}]"
            + mirror + error + string.Concat(faults);
    }

    private string LastLine()
    {
        FormattableString[] parts =
        [
            $"chaos: seed {settings.Seed}, {settings.Processes} processes, {settings.Workers} workers, {settings.Duration.TotalSeconds} s: ",
            $"{chronicle.Faults.Count} faults, {_leadChanges.Count} changes of the lead, ",
            $"{Count(Outcome.Acknowledged)} acknowledged, {Count(Outcome.Failed)} failed, ",
            $"{Count(Outcome.InDoubt) + Count(Outcome.Unfinished)} in doubt, longest outage {outages.Longest.TotalSeconds:0.00} s, ",
            $"{violations.Count} violations",
        ];
        return string.Concat(parts.Select(Invariant));
    }

    private int Count(Outcome outcome) => ledger.Entries.Count(entry => entry.Outcome == outcome);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // What differs in nothing but keys and ports is the same error.
    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
