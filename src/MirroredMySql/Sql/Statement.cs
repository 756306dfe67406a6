namespace MirroredMySql.Sql;

/// <summary>One statement of a text, and what has to be known of it to run it on two nodes.</summary>
internal sealed class Statement
{
    public required StatementKind Kind { get; init; }

    public required StatementVerb Verb { get; init; }

    public required StatementTraits Traits { get; init; }

    /// <summary>What a schema change is about.</summary>
    public SchemaObject Object { get; init; }

    /// <summary>Its own text, without the semicolon, white space around it and line comments behind it.</summary>
    public required string Text { get; init; }

    /// <summary>How its own text has been read: a SET sql_mode earlier in the same text counts.</summary>
    public required SqlSyntax Syntax { get; init; }

    /// <summary>
    /// The tables and sequences that it may write, as written but without quotes, <c>db.t</c> when qualified. Rather one too many: a
    /// join's every table. Empty when unknown (CALL) or when there are none. Triggers and cascades are not in the text.
    /// </summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Its @variables in the order of the text, each once; those that are parameters of the caller are the caller's to subtract.</summary>
    public IReadOnlyList<UserVariable> UserVariables { get; init; } = [];

    /// <summary>The session variables that a SET sets, without scope.</summary>
    public IReadOnlyList<string> SessionVariables { get; init; } = [];

    /// <summary>The name of a savepoint, a prepared statement, a procedure or the database of USE, without quotes.</summary>
    public string? Name { get; init; }

    /// <summary>The text in PREPARE … FROM 'text' and EXECUTE IMMEDIATE 'text', unescaped; null when it comes from a variable.</summary>
    public string? PreparedText { get; init; }

    /// <summary>Why it is refused and what to do instead.</summary>
    public string? Reason { get; init; }

    /// <summary>The index of its first positional parameter among those of the whole text.</summary>
    public int FirstParameter { get; init; }

    /// <summary>How many lone <c>?</c> it has.</summary>
    public int ParameterCount { get; init; }

    /// <summary>The same, where a view in it is known to call a function that writes.</summary>
    public Statement AsWrite() => new()
    {
        Kind = StatementKind.Write,
        Verb = Verb,
        Traits = Traits | StatementTraits.ReturnsRows | StatementTraits.PotentialStoredFunction,
        Text = Text,
        Syntax = Syntax,
        UserVariables = UserVariables,
        FirstParameter = FirstParameter,
        ParameterCount = ParameterCount,
    };

    public override string ToString() => $"{Kind} {Verb}: {Text}";
}
