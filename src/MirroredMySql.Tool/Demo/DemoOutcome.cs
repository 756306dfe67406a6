using MirroredMySql.Tool.Comparison;
using MirroredMySql.Tool.Demo.Load;

namespace MirroredMySql.Tool.Demo;

/// <summary>What the demo has shown, and whether that is what the mirror promises.</summary>
/// <param name="ledger">What was acknowledged.</param>
/// <param name="findings">What the comparison found.</param>
/// <param name="errors">What kept a worker or the comparison from ending well.</param>
/// <param name="status">The mirror after the load.</param>
/// <param name="log">The warnings and errors that the mirror has logged.</param>
internal sealed class DemoOutcome(
    Ledger ledger, IReadOnlyList<TableFindings> findings, IReadOnlyList<string> errors, MirrorStatus status, IReadOnlyCollection<string> log)
{
    private const int MaxLogLines = 10;

    private readonly IReadOnlyList<string> _problems = [.. Problems(ledger, findings, errors, status)];

    public bool IsGood => _problems.Count == 0;

    public async Task WriteAsync(TextWriter output)
    {
        foreach (var table in findings)
            await output.WriteLineAsync($"demo:   {table.Table,-12} {table.Rows,8} rows, {table.Differences} differences");
        foreach (var problem in _problems)
            await output.WriteLineAsync($"demo: {problem}");
        foreach (var line in log.Take(MaxLogLines))
            await output.WriteLineAsync($"demo: logged: {line}");
        await output.WriteLineAsync(
            $"demo: {ledger.Totals.Writes} writes acknowledged, {findings.Count} tables compared, "
            + $"{findings.Sum(table => table.Differences)} differences");
    }

    private static IEnumerable<string> Problems(
        Ledger ledger, IReadOnlyList<TableFindings> findings, IReadOnlyList<string> errors, MirrorStatus status)
    {
        foreach (var table in findings)
        {
            foreach (var difference in table.First)
                yield return difference.ToString();
            if (table.Differences > table.First.Count)
                yield return $"{table.Table}: {table.Differences - table.First.Count} more differences";
            // Equal nodes prove nothing when both have lost the same row.
            if (errors.Count == 0 && ledger.Rows.TryGetValue(table.Table, out var rows) && rows != table.Rows)
                yield return $"{table.Table}: {table.Rows} rows on the primary, but {rows} were acknowledged";
        }
        foreach (var error in errors)
            yield return error;
        if (status.Mode != MirrorMode.Mirrored)
            yield return $"the mirror is {status.Mode}: primary {status.Primary.LastError ?? "well"}, standby {status.Standby.LastError ?? "well"}";
        foreach (var suspect in status.Suspects)
            yield return $"table {suspect.Table} is suspect ({suspect.Count} times since {suspect.Since:HH:mm:ss}): {suspect.Reason}";
    }
}
