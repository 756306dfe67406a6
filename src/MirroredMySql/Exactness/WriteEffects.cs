using MirroredMySql.Schema;
using MirroredMySql.Sql;

namespace MirroredMySql.Exactness;

/// <summary>
/// All that a write sets in motion: the tables in its text, and what triggers, cascading foreign keys, views, procedures and functions
/// add to them.
/// </summary>
internal sealed class WriteEffects
{
    private readonly Func<string, (DatabaseFacts Facts, string Name)?> _find;
    private readonly HashSet<(string, string)> _seen = [];
    private readonly HashSet<string> _seenRoutines = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _tables = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _tablesOfCode = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Doubt> _doubts = [];
    private readonly List<(string Table, bool IsMany)> _automaticIds = [];

    private WriteEffects(Func<string, (DatabaseFacts, string)?> find) => _find = find;

    /// <summary>Every table that may be written, as the statement would name it.</summary>
    public IReadOnlyCollection<string> Tables => _tables;

    /// <summary>Those of them that code writes: triggers, procedures, functions.</summary>
    public IReadOnlyCollection<string> TablesOfCode => _tablesOfCode;

    /// <summary>Those of them whose triggers or foreign keys carry something into others.</summary>
    public IReadOnlyCollection<string> Sources => _sources;

    public IReadOnlyList<Doubt> Doubts => _doubts;

    /// <summary>The inserts of that code that let the server give out ids, and whether one may give out several.</summary>
    public IReadOnlyList<(string Table, bool IsMany)> AutomaticIds => _automaticIds;

    /// <summary>What that code contains.</summary>
    public StatementTraits TraitsOfCode { get; private set; }

    /// <summary>Whether a rollback leaves some of it behind.</summary>
    public bool OutlivesRollback { get; private set; }

    /// <summary>Whether that code reads tables, which takes no locks below SERIALIZABLE.</summary>
    public bool CodeReadsTables { get; private set; }

    public static WriteEffects Of(Statement statement, Func<string, (DatabaseFacts, string)?> find)
    {
        var effects = new WriteEffects(find);
        effects.Write(statement, "", isCode: false, isRepeated: false);
        foreach (var function in Occurrences.StoredCalls(statement))
            effects.Call(function, isFunction: true);
        if (statement.Verb == StatementVerb.Call)
            effects.Call(statement.Name ?? "", isFunction: false);
        if (statement.Verb is StatementVerb.Execute or StatementVerb.ExecuteImmediate)
            effects.Doubt([], "the text that it executes is not known");
        if (statement.Verb == StatementVerb.Compound)
            effects.Run(RoutineBody.Read(statement.Text, statement.Syntax), "the block", qualifier: "");
        return effects;
    }

    private void Write(Statement statement, string qualifier, bool isCode, bool isRepeated)
    {
        string[] events = statement.Verb switch
        {
            StatementVerb.Insert when statement.Traits.HasFlag(StatementTraits.OnDuplicateKeyUpdate) => ["INSERT", "UPDATE"],
            StatementVerb.Insert => ["INSERT"],
            StatementVerb.Replace or StatementVerb.Load => ["INSERT", "DELETE"],
            StatementVerb.Delete => ["DELETE"],
            _ => ["UPDATE"],
        };
        foreach (var name in statement.Tables)
        {
            var table = name.Contains('.', StringComparison.Ordinal) ? name : qualifier + name;
            foreach (var @event in events)
                Change(table, @event, isCode);
            var inserts = statement.Verb is StatementVerb.Insert or StatementVerb.Replace or StatementVerb.Load;
            if (isCode && inserts && _find(table) is var (facts, plain) && facts.Tables.TryGetValue(plain, out var known) && known.AutoIncrement is not null)
                _automaticIds.Add((table, isRepeated || statement.Traits.HasFlag(StatementTraits.InsertSelect)));
        }
    }

    private void Change(string table, string @event, bool isCode)
    {
        _tables.Add(table);
        if (isCode)
            _tablesOfCode.Add(table);
        if (!_seen.Add((table.ToUpperInvariant(), @event)) || _find(table) is not var (facts, name) || !facts.Tables.TryGetValue(name, out var known))
            return;
        var qualifier = table.Contains('.', StringComparison.Ordinal) ? facts.Name + "." : "";
        if (!known.IsTransactional)
        {
            OutlivesRollback = true;
            Doubt([table], $"{table} is kept by an engine that does not roll back");
        }

        if (facts.Unlike.Contains("table " + known.Name) || facts.Unlike.Contains("view " + known.Name))
            Doubt([table], $"the nodes define {table} differently");
        foreach (var trigger in known.Triggers.Where(t => t.Event == @event))
        {
            // BEFORE triggers change the row itself.
            _tablesOfCode.Add(table);
            _sources.Add(table);
            Run(trigger.Body, "trigger " + trigger.Name, qualifier);
        }

        foreach (var cascade in known.Cascades)
        {
            if (@event == "DELETE" ? cascade.OnDelete : @event == "UPDATE" && cascade.OnUpdate)
            {
                _sources.Add(table);
                Change(qualifier + cascade.Child, @event, isCode);
            }
        }

        foreach (var @base in known.BaseTables)
            Change(qualifier + @base, @event, isCode);
    }

    private void Call(string name, bool isFunction)
    {
        if (!_seenRoutines.Add((isFunction ? "f " : "p ") + name))
            return;
        if (_find(name) is not var (facts, plain) || !(isFunction ? facts.Functions : facts.Procedures).TryGetValue(plain, out var routine))
        {
            // What does not exist fails on the lead; a built-in function that is not in our table has no effects to speak of. A command
            // that is a routine's name may also mean a function.
            if (!isFunction && _find(name) is var (known, function) && known.Functions.ContainsKey(function))
                Call(name, isFunction: true);
            else if (!isFunction)
                Doubt([], $"procedure {name} is not known to this process");
            return;
        }

        var title = (isFunction ? "function " : "procedure ") + plain;
        if (facts.Unlike.Contains(title))
            Doubt([], $"the nodes define {title} differently");
        Run(routine, title, name.Contains('.', StringComparison.Ordinal) ? facts.Name + "." : "");
    }

    private void Run(RoutineFacts code, string title, string qualifier)
    {
        if (!code.IsKnown)
            Doubt([], $"the account may not read the definition of {title}");
        if (code.RunsUnknownText)
            Doubt([], $"{title} runs SQL that it puts together");
        TraitsOfCode |= code.Traits;
        CodeReadsTables |= code.ReadsTables;
        foreach (var write in code.Writes)
            Write(write.Statement, qualifier, isCode: true, write.IsRepeated);
        foreach (var procedure in code.Procedures)
            Call(procedure, isFunction: false);
        foreach (var function in code.Functions)
            Call(function, isFunction: true);
    }

    private void Doubt(IReadOnlyCollection<string> tables, string reason) => _doubts.Add(new Doubt(tables, reason));
}
