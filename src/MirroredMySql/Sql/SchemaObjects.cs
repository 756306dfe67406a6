namespace MirroredMySql.Sql;

/// <summary>How CREATE, ALTER and DROP name the tables of an object.</summary>
internal enum Naming
{
    /// <summary>The object is no table.</summary>
    None,

    /// <summary>The object is the table, or several.</summary>
    Itself,

    /// <summary>The table stands behind ON.</summary>
    BehindOn,
}

/// <param name="Object">What it is.</param>
/// <param name="Naming">Where its tables stand.</param>
/// <param name="HasBody">Its definition is a program with semicolons of its own.</param>
/// <param name="Reason">Why it is not mirrored.</param>
internal readonly record struct SchemaObjectRule(
    SchemaObject Object, Naming Naming = Naming.None, bool HasBody = false, string? Reason = null);

/// <summary>The words behind CREATE, ALTER, DROP and RENAME that say what it is about.</summary>
internal static class SchemaObjects
{
    private static readonly Dictionary<Keyword, SchemaObjectRule> Rules = new()
    {
        [Keyword.Table] = new(SchemaObject.Table, Naming.Itself),
        [Keyword.Tables] = new(SchemaObject.Table, Naming.Itself),
        [Keyword.Sequence] = new(SchemaObject.Sequence, Naming.Itself),
        [Keyword.Index] = new(SchemaObject.Index, Naming.BehindOn),
        [Keyword.View] = new(SchemaObject.View),
        [Keyword.Database] = new(SchemaObject.Database),
        [Keyword.Schema] = new(SchemaObject.Database),
        [Keyword.Trigger] = new(SchemaObject.Trigger, Naming.BehindOn, HasBody: true),
        [Keyword.Procedure] = new(SchemaObject.Procedure, HasBody: true),
        [Keyword.Function] = new(SchemaObject.Function, HasBody: true),
        [Keyword.Event] = new(SchemaObject.Event, HasBody: true),
        [Keyword.Package] = new(SchemaObject.Package, HasBody: true),
        [Keyword.Library] = new(SchemaObject.Library, HasBody: true),
        [Keyword.User] = new(SchemaObject.Other, Reason: Refusals.Account),
        [Keyword.Role] = new(SchemaObject.Other, Reason: Refusals.Account),
        [Keyword.Server] = new(SchemaObject.Other, Reason: Refusals.Administration),
        [Keyword.Tablespace] = new(SchemaObject.Other, Reason: Refusals.Administration),
        [Keyword.Logfile] = new(SchemaObject.Other, Reason: Refusals.Administration),
        [Keyword.Resource] = new(SchemaObject.Other, Reason: Refusals.Administration),
        [Keyword.Reference] = new(SchemaObject.Other, Reason: Refusals.Administration),
        [Keyword.Instance] = new(SchemaObject.Other, Reason: Refusals.Administration),
    };

    public static bool TryFind(Keyword keyword, out SchemaObjectRule rule) => Rules.TryGetValue(keyword, out rule);
}
