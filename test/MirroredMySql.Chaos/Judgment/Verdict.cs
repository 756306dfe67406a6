using MirroredMySql.Chaos.Control;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Judgment;

/// <summary>What the run means: which differences the mirror has announced, and what else speaks against it.</summary>
internal sealed class Verdict
{
    private const string AnyTable = "*";

    public Verdict(ChaosSettings settings, WorkReport report, NodeFindings findings)
    {
        Findings = findings;
        var suspects = report.Suspects.Select(suspect => NameOf(suspect.Table)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        HasAny = suspects.Remove(AnyTable);
        Suspects = suspects;
        var uncovered = findings.Differences.Keys.Where(name => !suspects.Contains(name)).Order(StringComparer.Ordinal).ToList();
        CoveredByAny = HasAny ? uncovered : [];
        Unexplained = HasAny && settings.AllowsAny ? [] : uncovered;
        Problems = [.. Judge(settings, report, findings)];
    }

    public NodeFindings Findings { get; }

    /// <summary>The suspect tables by bare name, without <c>*</c>.</summary>
    public IReadOnlySet<string> Suspects { get; }

    /// <summary>Whether <c>*</c> is among the suspects.</summary>
    public bool HasAny { get; }

    /// <summary>What differs and is suspect only because everything is.</summary>
    public IReadOnlyList<string> CoveredByAny { get; }

    /// <summary>What differs without a word from the mirror.</summary>
    public IReadOnlyList<string> Unexplained { get; }

    /// <summary>Why the run has failed, in sentences.</summary>
    public IReadOnlyList<string> Problems { get; }

    public bool IsGood => Problems.Count == 0;

    private IEnumerable<string> Judge(ChaosSettings settings, WorkReport report, NodeFindings findings)
    {
        foreach (var name in Unexplained)
            yield return HasAny ? $"{name} differs, and is suspect only as *" : $"{name} differs, and the mirror has not said so";
        if (HasAny && !settings.AllowsAny)
            yield return "every table is suspect (*), which explains nothing; see --allow-any";
        if (findings.PrimarySum != 0)
            yield return $"the balances on the primary are off by {findings.PrimarySum}";
        if (findings.StandbySum != 0)
            yield return $"the balances on the standby are off by {findings.StandbySum}";
        if (report.Modes.Count(mode => mode != MirrorMode.Mirrored) is > 0 and var solo)
            yield return $"{solo} processes ended without a second node";
        if (report.Surprises.Sum(surprise => surprise.Count) is > 0 and var surprises)
            yield return $"{surprises} unexpected errors";
    }

    // `db.table`, as a statement may have named it, or the bare name.
    private static string NameOf(string table) => table[(table.LastIndexOf('.') + 1)..].Trim('`');
}
