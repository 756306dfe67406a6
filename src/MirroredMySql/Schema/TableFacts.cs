namespace MirroredMySql.Schema;

/// <summary>What has to be known of a table, beside a statement's text, to say what writing it does on two nodes.</summary>
internal sealed class TableFacts
{
    public required string Name { get; init; }

    public bool IsView { get; init; }

    /// <summary>Whether a rollback undoes what was written. MyISAM, Aria and others keep it.</summary>
    public bool IsTransactional { get; init; } = true;

    /// <summary>In their order, which is the order of the values of an INSERT without a list of columns.</summary>
    public IReadOnlyList<ColumnFacts> Columns { get; init; } = [];

    /// <summary>The columns of the primary key; empty without one.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    /// <summary>The column whose values the server gives out, or null.</summary>
    public string? AutoIncrement { get; init; }

    public IReadOnlyList<TriggerFacts> Triggers { get; init; } = [];

    /// <summary>The tables whose rows a change here changes too, by their foreign keys.</summary>
    public IReadOnlyList<Cascade> Cascades { get; init; } = [];

    /// <summary>For a view: the tables that it is made of, in the same database.</summary>
    public IReadOnlyList<string> BaseTables { get; init; } = [];
}

/// <param name="Name">Its name.</param>
/// <param name="Default">An expression that gives each node another value (UUID(), NEXTVAL …), or null.</param>
internal sealed record ColumnFacts(string Name, string? Default);

/// <param name="Name">Its name.</param>
/// <param name="Event">INSERT, UPDATE or DELETE.</param>
/// <param name="Body">What it does.</param>
internal sealed record TriggerFacts(string Name, string Event, RoutineFacts Body);

/// <param name="Child">The table that holds the foreign key.</param>
/// <param name="OnDelete">Whether a DELETE of the parent's rows changes its rows.</param>
/// <param name="OnUpdate">Whether an UPDATE does.</param>
internal sealed record Cascade(string Child, bool OnDelete, bool OnUpdate);
