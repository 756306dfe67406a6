using MirroredMySql.Sql;
using MirroredMySql.SqlFuzz;

namespace MirroredMySql.IntegrationTests.Classifier;

/// <summary>Lets a server try texts that are said to be reads, and says of which of them that is not true.</summary>
/// <param name="open">Opens a session, with everything in it that a read could change.</param>
/// <param name="syntax">How it reads.</param>
internal sealed class Judge(Func<FuzzSession> open, SqlSyntax syntax)
{
    private const int Enough = 5;

    // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, which the servers also say of a write that is only explained.
    private const int NotInReadOnly = 1792;

    private readonly Dictionary<int, int> _errors = [];
    private FuzzSession? _session;

    public int Legal { get; private set; }

    public int Unsent { get; private set; }

    public List<string> Faults { get; } = [];

    /// <summary>What the servers had against the texts, the most frequent first.</summary>
    public string Errors() => "errors: " + string.Join(", ", _errors.OrderByDescending(e => e.Value).Take(12).Select(e => $"{e.Key}×{e.Value}"));

    /// <summary>Runs the texts and looks once for traces; should there be any, each text alone.</summary>
    public void Try(IReadOnlyCollection<string> texts, bool countsWrites)
    {
        if (Faults.Count >= Enough)
            return;
        var (faults, trace) = RunAll(texts, countsWrites, tally: true);
        foreach (var (text, _) in faults)
            Report(text, countsWrites);
        if (trace is null)
            return;

        var culprits = texts.Where(t => FaultOf(t, countsWrites) is not null).Take(Enough).ToList();
        foreach (var text in culprits)
            Report(text, countsWrites);
        if (culprits.Count == 0)
            Faults.Add($"{trace}\nby none of these alone:\n{string.Join('\n', texts)}");
    }

    public void Close() => Renew();

    private (List<(string Text, string Fault)> Faults, string? Trace) RunAll(IEnumerable<string> texts, bool countsWrites, bool tally)
    {
        _session ??= open();
        var faults = new List<(string, string)>();
        var (before, countsBefore) = (_session.Look(), countsWrites ? _session.CountWrites() : []);
        foreach (var text in texts)
        {
            if (_session.IsBroken)
                Renew();
            _session ??= open();
            var (outcome, fault) = RunOne(_session, text);
            if (fault is not null)
                faults.Add((text, fault));
            if (!tally)
                continue;
            Legal += outcome.IsLegal ? 1 : 0;
            Unsent += outcome.Error < 0 ? 1 : 0;
            if (!outcome.IsLegal)
                _errors[outcome.Error] = _errors.GetValueOrDefault(outcome.Error) + 1;
        }

        if (_session.IsBroken)
            Renew();
        _session ??= open();
        var counts = countsWrites ? _session.CountWrites() : [];
        var after = _session.Look();
        var changes = after.Concat(counts).Except(before.Concat(countsBefore)).Concat(before.Except(after)).ToList();
        if (changes.Count == 0)
            return (faults, null);
        Renew();
        return (faults, "changed: " + string.Join("; ", changes.Take(4)));
    }

    private (Outcome Outcome, string? Fault) RunOne(FuzzSession session, string text)
    {
        var outcome = session.Run(text);
        if (outcome.Telltale is not { } telltale || IsExcused(text, outcome.Error))
            return (outcome, null);
        if (outcome.Error != NotInReadOnly || !SqlScript.Parse(text, syntax).Statements.Any(s => s.Verb == StatementVerb.Explain))
            return (outcome, telltale);

        // The plan of a write changes nothing, although a read-only transaction does not want to hear of it.
        var rows = session.Rows();
        outcome = session.RunAndLook(text, out var after);
        return (outcome, after.SequenceEqual(rows) ? null : "the rows of tables changed");
    }

    // What SHOW does not find, or may not show, need not be a call.
    private bool IsExcused(string text, int error) =>
        error is 1305 or 1227 or 1370 && SqlScript.Parse(text, syntax).Statements.Any(s => s.Verb == StatementVerb.Show);

    private string? FaultOf(string text, bool countsWrites)
    {
        Renew();
        var (faults, trace) = RunAll([text], countsWrites, tally: false);
        return faults.Count > 0 ? faults[0].Fault : trace;
    }

    private void Report(string text, bool countsWrites)
    {
        if (Faults.Count >= Enough)
            return;
        var shortest = Minimiser.Minimise(text, t => SqlScript.Parse(t, syntax).IsReadOnly && FaultOf(t, countsWrites) is not null);
        Faults.Add($"[{syntax}] {shortest}\n{FaultOf(shortest, countsWrites)}\nfound as {text}");
    }

    private void Renew()
    {
        _session?.Dispose();
        _session = null;
    }
}
