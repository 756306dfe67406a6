namespace MirroredMySql.Sql;

/// <summary>A command text, cut into its statements.</summary>
internal sealed class SqlScript
{
    private SqlScript(string text, Statement[] statements)
    {
        Text = text;
        Statements = statements;
        IsReadOnly = Array.TrueForAll(statements, s => s.Kind is StatementKind.Read or StatementKind.Empty);
    }

    public string Text { get; }

    /// <summary>At least one; empty ones only between others, or alone.</summary>
    public IReadOnlyList<Statement> Statements { get; }

    /// <summary>Any one node can be given the text as it is.</summary>
    public bool IsReadOnly { get; }

    /// <summary>A command that is nothing but a procedure's name, which the driver turns into a call.</summary>
    public static SqlScript OfProcedure(string name) => new(name, [Named(name, StatementKind.Write, StatementVerb.Call, StatementTraits.ReturnsRows)]);

    /// <summary>A command that is nothing but a table's name, which the driver turns into a query.</summary>
    public static SqlScript OfTable(string name) => new(name, [Named(name, StatementKind.Read, StatementVerb.Table, StatementTraits.None)]);

    /// <summary>Takes any text, in time linear in its length, and never throws: what is not understood is a write.</summary>
    public static SqlScript Parse(string text, SqlSyntax syntax) => Parse(text, syntax, out _);

    /// <param name="text">The text.</param>
    /// <param name="syntax">How the servers read it.</param>
    /// <param name="charactersRead">The work that it took.</param>
    public static SqlScript Parse(string text, SqlSyntax syntax, out long charactersRead)
    {
        var parser = new StatementParser(text, 0, syntax, firstParameter: 0);
        var first = parser.Parse();
        charactersRead = parser.CharactersRead;
        if (parser.Position >= text.Length)
            return new SqlScript(text, [first]);

        var statements = new List<Statement> { first };
        var parameters = first.ParameterCount;
        int? lastAmbiguous = null;
        while (parser.Position < text.Length)
        {
            var position = parser.Position;
            if (parser.SyntaxBehind is { } known)
            {
                syntax = known;
            }
            else
            {
                // Without double quotes and backslashes every sql_mode reads a text alike.
                if (lastAmbiguous is null)
                {
                    lastAmbiguous = text.AsSpan().LastIndexOfAny('"', '\\');
                    charactersRead += text.Length;
                }

                if (lastAmbiguous >= position)
                {
                    statements.Add(Unreadable(text, position, syntax, parameters));
                    break;
                }

                syntax &= ~SqlSyntax.IgnoreSpace;
            }

            parser = new StatementParser(text, position, syntax, parameters);
            var statement = parser.Parse();
            charactersRead += parser.CharactersRead;
            parameters += statement.ParameterCount;
            if (statement.Kind != StatementKind.Empty || parser.Position < text.Length)
                statements.Add(statement);
        }

        return new SqlScript(text, [.. statements]);
    }

    private static Statement Named(string name, StatementKind kind, StatementVerb verb, StatementTraits traits) =>
        new() { Kind = kind, Verb = verb, Traits = traits, Text = name, Name = name, Syntax = SqlSyntax.None };

    private static Statement Unreadable(string text, int position, SqlSyntax syntax, int parameters) => new()
    {
        Kind = StatementKind.Refused,
        Verb = StatementVerb.Other,
        Traits = StatementTraits.ReturnsRows,
        Text = text[position..].Trim(),
        Syntax = syntax,
        FirstParameter = parameters,
        Reason = Refusals.UnknownSqlMode,
    };
}
