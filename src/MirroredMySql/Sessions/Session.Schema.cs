using System.Data;
using MirroredMySql.Exactness;
using MirroredMySql.Schema;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>What the session knows of the tables that its statements name, and what that makes of a statement.</summary>
internal sealed partial class Session
{
    private readonly HashSet<string> _temporaryTables = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Statement> _prepared = new(StringComparer.OrdinalIgnoreCase);
    private string _next = "";

    /// <summary>The level of this session's transactions that ask for none; REPEATABLE READ unless the session has chosen another.</summary>
    public IsolationLevel Isolation { get; set; } = IsolationLevel.RepeatableRead;

    /// <summary>What the latest statement, a write, left behind; null when the server itself still knows.</summary>
    public Aftermath? Aftermath { get; set; }

    public bool IsBelowRepeatableRead => Isolation is IsolationLevel.ReadCommitted or IsolationLevel.ReadUncommitted;

    public bool IsBelowRepeatableReadIn(SessionTransaction transaction) => transaction.ReadsWithoutSnapshot
        || (transaction.Isolation == IsolationLevel.Unspecified && IsBelowRepeatableRead);

    public bool IsSerializable(SessionTransaction transaction) => transaction.Isolation == IsolationLevel.Serializable
        || (transaction.Isolation == IsolationLevel.Unspecified && Isolation == IsolationLevel.Serializable);

    /// <summary>Remembers the temporary tables that hide others of their names, and the statements that have been prepared.</summary>
    public void Note(Statement statement)
    {
        switch (statement.Verb)
        {
            case StatementVerb.Create when statement.Traits.HasFlag(StatementTraits.TemporaryTable):
                _temporaryTables.UnionWith(statement.Tables);
                break;
            case StatementVerb.Drop when statement.Object == SchemaObject.Table:
                _temporaryTables.ExceptWith(statement.Tables);
                break;
            case StatementVerb.Prepare or StatementVerb.Deallocate when statement.Name is { } name:
                NotePrepared(name, statement.PreparedText);
                break;
        }
    }

    /// <summary>Remembers what a prepared statement does; null forgets it.</summary>
    public void NotePrepared(string name, string? text)
    {
        if (text is null)
            _prepared.Remove(name);
        else
            _prepared[name] = SqlScript.Parse(text, Syntax).Statements[0];
    }

    /// <summary>Whether a text mentions a view that calls a function which writes, so that reading it is a write.</summary>
    public bool MentionsWritingView(string text)
    {
        if (Mirror.Schema.Known(Database) is not { WritingViews: { Count: > 0 } views })
            return false;
        foreach (var view in views)
        {
            if (text.Contains(view, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <summary>What was known of the schema is not true any more, on this node or on both.</summary>
    public void SchemaChanged(Statement statement)
    {
        Mirror.Schema.Invalidate(Database);
        foreach (var other in Databases(statement))
            Mirror.Schema.Invalidate(other);
    }

    /// <summary>The isolation level of the next transaction, where SET TRANSACTION has asked for one.</summary>
    public IsolationLevel? NextIsolation { get; private set; }

    /// <summary>Remembers what SET TRANSACTION says of the next transaction only: whatever begins it on either node begins with that.</summary>
    /// <param name="text">The statement; empty where both nodes have run it.</param>
    /// <param name="isolation">The level that it asks for, or null.</param>
    public void SetNext(string text, IsolationLevel? isolation) =>
        (_next, NextIsolation) = (text.Length == 0 ? _next : $"{_next}{text}\n;", isolation ?? NextIsolation);

    /// <summary>The next transaction begins, and spends it.</summary>
    /// <param name="isolation">The level that was asked for, or null.</param>
    /// <returns>What goes before its beginning; empty where nothing was asked for.</returns>
    public string TakeNext(out IsolationLevel? isolation)
    {
        (var next, isolation) = (_next, NextIsolation);
        (_next, NextIsolation) = ("", null);
        return next;
    }

    /// <summary>Puts what the latest write left behind into a query that asks for it: the server has run statements of ours since.</summary>
    public string AnswerDiagnostics(string text, Statement? statement)
    {
        if (statement?.Traits.HasFlag(StatementTraits.ReadsDiagnostics) != true)
        {
            Aftermath = null;
            return text;
        }

        if (Aftermath is not { } aftermath)
            return text;
        var edits = Occurrences.In(statement)
            .Where(o => o.Trait == StatementTraits.ReadsDiagnostics)
            .Select(o => (o.Start, o.End, Expression: text[o.Start..o.End]))
            .Where(o => aftermath.Answer(o.Expression) is not null)
            .Select(o => new TextEdit(o.Start, o.End, aftermath.Answer(o.Expression)! + NameFor(o.Start, o.End, o.Expression)));
        return TextEdit.Apply(text, edits);

        // The column keeps the name that the caller knows it by, where it is one.
        string NameFor(int start, int end, string expression) =>
            text[..start].TrimEnd().EndsWith("SELECT", StringComparison.OrdinalIgnoreCase) && text[end..].TrimStart() is "" or [',', ..]
                ? " AS " + Identifier.Quote(expression)
                : "";
    }

    /// <summary>Reads what is known of a database again if it is too old.</summary>
    public async ValueTask KnowSchemaAsync(
        string database, NodeConnection lead, NodeConnection? follower, bool async, CancellationToken cancellationToken)
    {
        await Mirror.Schema.GetAsync(
            database, On(lead), follower is null ? null : On(follower), Mirror.Syntax, async, cancellationToken).ConfigureAwait(false);

        SchemaConnection On(NodeConnection connection) => connection.HasBegun
            ? new SchemaConnection(connection.Physical, async => Mirror.TryOpenAsideAsync(connection.Node, async))
            : new SchemaConnection(connection.Physical);
    }

    public async ValueTask<Treatment> TreatmentOfAsync(
        Statement statement, bool isText, NodeConnection lead, NodeConnection? follower, bool async, CancellationToken cancellationToken)
    {
        await KnowSchemaAsync(Database, lead, follower, async, cancellationToken).ConfigureAwait(false);
        foreach (var other in Databases(statement))
            await KnowSchemaAsync(other, lead, follower, async, cancellationToken).ConfigureAwait(false);
        if (statement.Kind == StatementKind.Write && NamesUnknown(statement))
        {
            // Another process may have created it since.
            SchemaChanged(statement);
            await KnowSchemaAsync(Database, lead, follower, async, cancellationToken).ConfigureAwait(false);
        }

        if (statement.Verb is StatementVerb.Execute && statement.Name is { } name && _prepared.TryGetValue(name, out var prepared))
            (statement, isText) = (prepared, false);
        else if (statement is { Verb: StatementVerb.ExecuteImmediate, PreparedText: { } text })
            (statement, isText) = (SqlScript.Parse(text, Syntax).Statements[0], false);
        var treatment = Treatments.Of(statement, isText, Find);
        return IsElsewhere
            ? treatment with
            {
                Tables = Placed(treatment.Tables),
                Sources = treatment.Sources.Count == 0 ? [] : Placed(treatment.Sources),
                Doubts = [.. treatment.Doubts.Select(Placed)],
                ReadsWithoutLocks = treatment.ReadsWithoutLocks is { } doubt ? Placed(doubt) : null,
            }
            : treatment;
    }

    /// <summary>
    /// Names as they are written down, for whoever has another database open: all that a statement names is in this session's. Where nothing
    /// is known of them, any table of that one may be meant as well.
    /// </summary>
    public IReadOnlyList<string> Placed(IReadOnlyCollection<string> tables) =>
        !IsElsewhere ? tables as IReadOnlyList<string> ?? [.. tables]
        : tables.Count == 0 ? [Suspects.AnyTable, Suspects.AnyTableOf(Database)]
        : [.. tables.Select(t => t == Suspects.AnyTable || IsTemporary(t) || t.Contains('.', StringComparison.Ordinal) ? t : $"{Database}.{t}")];

    /// <summary>Whether the name is that of a temporary table, which nobody can copy.</summary>
    public bool IsTemporary(string table) => _temporaryTables.Contains(table);

    private Doubt Placed(Doubt doubt) => doubt with { Tables = Placed(doubt.Tables) };

    private bool IsElsewhere => _database is not null && _database != Formation.Lead.ConnectionString.Database;

    private bool NamesUnknown(Statement statement) =>
        statement.Tables.Any(t => Find(t) is var (facts, name) && !facts.Tables.ContainsKey(name))
        || (statement is { Verb: StatementVerb.Call, Name: { } procedure } && Find(procedure) is var (known, plain)
            && !known.Procedures.ContainsKey(plain) && !known.Functions.ContainsKey(plain));

    private (DatabaseFacts, string)? Find(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 && _temporaryTables.Contains(name))
            return null;
        return Mirror.Schema.Known(dot < 0 ? Database : name[..dot]) is { } facts ? (facts, name[(dot + 1)..]) : null;
    }

    private static IEnumerable<string> Databases(Statement statement) =>
        statement.Tables.Append(statement.Name ?? "").Where(t => t.Contains('.', StringComparison.Ordinal)).Select(t => t.Split('.')[0]).Distinct();
}
