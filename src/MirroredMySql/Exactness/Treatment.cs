using MirroredMySql.Sql;

namespace MirroredMySql.Exactness;

/// <summary>An expression whose value the lead finds once, and whose literal then stands in the text for both nodes.</summary>
/// <param name="Expression">What the lead is asked.</param>
/// <param name="Start">Where the literal goes.</param>
/// <param name="End">The end of what it takes the place of.</param>
/// <param name="Prefix">What goes before it.</param>
/// <param name="Trait">What makes it differ between the nodes.</param>
internal sealed record Evaluation(string Expression, int Start, int End, string Prefix, StatementTraits Trait);

/// <summary>A table whose ids the server gives out.</summary>
internal sealed record Numbering(string Table, string Column)
{
    /// <summary>The table as SQL of our own names it.</summary>
    public string QuotedTable => string.Join('.', Table.Split('.', 2).Select(Identifier.Quote));
}

/// <summary>What is done with a write so that it does the same on both nodes, and what remains in doubt. Immutable.</summary>
internal sealed record Treatment
{
    /// <summary>Every table that may be written, triggers and cascades included; empty when unknown.</summary>
    public required IReadOnlyList<string> Tables { get; init; }

    /// <summary>Those of them whose triggers or foreign keys carry something into others.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Changes of the text that need no value.</summary>
    public IReadOnlyList<TextEdit> Edits { get; init; } = [];

    public IReadOnlyList<Evaluation> Evaluations { get; init; } = [];

    public IReadOnlyList<Doubt> Doubts { get; init; } = [];

    /// <summary>Why it is in doubt in a transaction below SERIALIZABLE, or null. On its own it runs in one at that level.</summary>
    public Doubt? ReadsWithoutLocks { get; init; }

    /// <summary>Whether a rollback leaves some of it behind, so that it must not be run again.</summary>
    public bool OutlivesRollback { get; init; }

    /// <summary>Whether code that it runs sets @variables.</summary>
    public bool AssignsVariables { get; init; }

    /// <summary>Whether what it writes may come from other tables than those that it writes.</summary>
    public bool ReadsTables { get; init; }

    /// <summary>Where a query inserts automatic ids, which the server may give out with gaps, or null.</summary>
    public Numbering? NumberedByQuery { get; init; }

    /// <summary>Where ON DUPLICATE KEY UPDATE meets automatic ids, or null.</summary>
    public Numbering? UpdatesNumbered { get; init; }

    /// <summary>Whether the text goes to both nodes as it is.</summary>
    public bool IsPlain => Edits.Count == 0 && Evaluations.Count == 0;
}
