using System.Globalization;
using MirroredMySql.Chaos.Control;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Judgment;

/// <summary>The end of the run as text: counts first, then what differs, then one line that says it all.</summary>
internal sealed class VerdictText(ChaosSettings settings, WorkReport report, Verdict verdict, TextWriter output)
{
    private const string Deadlock = "1213";

    public async Task WriteAsync()
    {
        await TableAsync("statements", report.Statements);
        await TableAsync("errors", report.Errors.ToDictionary(error => Describe(error.Key), error => error.Value));
        await SuspectsAsync();
        await DifferencesAsync();
        foreach (var surprise in report.Surprises)
        {
            await output.WriteLineAsync(Invariant($"unexpected, {surprise.Count} times in {surprise.Kind}: {surprise.What}"));
            await output.WriteLineAsync(Indent(surprise.Details));
        }
        foreach (var problem in verdict.Problems)
            await output.WriteLineAsync($"FAILED: {problem}");
        await output.WriteLineAsync(LastLine());
    }

    private string LastLine()
    {
        var differing = verdict.Findings.Differences.Keys.Count(verdict.Suspects.Contains);
        FormattableString[] parts =
        [
            $"chaos: seed {settings.Seed}, {settings.Processes} processes, {settings.Workers} workers, ",
            $"{settings.Duration.TotalSeconds} s: ",
            $"{report.Statements.Values.Sum()} statements, {report.Errors.GetValueOrDefault(Deadlock)} deadlocks, ",
            $"{verdict.Suspects.Count} suspect tables, {differing} of them differ, {verdict.Unexplained.Count} unexplained differences: ",
            $"{(verdict.IsGood ? "passed" : "FAILED")}",
        ];
        return string.Concat(parts.Select(Invariant));
    }

    private async Task SuspectsAsync()
    {
        await output.WriteLineAsync("suspects");
        var suspects = report.Suspects
            .GroupBy(suspect => (suspect.Table, suspect.Reason))
            .OrderBy(group => group.Key.Table, StringComparer.Ordinal);
        foreach (var suspect in suspects)
        {
            var count = suspect.Sum(entry => entry.Count);
            await output.WriteLineAsync(Invariant($"  {suspect.Key.Table,-20} {count,8}  {suspect.Key.Reason}"));
        }
    }

    private async Task DifferencesAsync()
    {
        await output.WriteLineAsync(Invariant(
            $"differences: {verdict.Findings.Differences.Count} in {verdict.Findings.Tables} tables with {verdict.Findings.Rows} rows"));
        foreach (var (name, lines) in verdict.Findings.Differences.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            await output.WriteLineAsync($"  {name}: {StatusOf(name)}");
            foreach (var line in lines)
                await output.WriteLineAsync(Indent(line));
        }
        if (verdict.HasAny)
            await output.WriteLineAsync(Invariant($"  {verdict.CoveredByAny.Count} are suspect only as *"));
    }

    private async Task TableAsync(string title, IReadOnlyDictionary<string, long> counters)
    {
        await output.WriteLineAsync(title);
        foreach (var (name, count) in counters.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            await output.WriteLineAsync(Invariant($"  {name,-40} {count,8}"));
    }

    private string StatusOf(string name) => verdict switch
    {
        _ when verdict.Suspects.Contains(name) => "suspect",
        _ when verdict.CoveredByAny.Contains(name) => "only suspect as *",
        _ => "UNEXPLAINED",
    };

    private static string Describe(string error) =>
        int.TryParse(error, CultureInfo.InvariantCulture, out var number) && ExpectedErrors.Meanings.TryGetValue(number, out var meaning)
            ? $"{error} {meaning}"
            : error;

    private static string Indent(string text) => "    " + text.ReplaceLineEndings("\n    ");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
