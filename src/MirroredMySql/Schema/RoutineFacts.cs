using MirroredMySql.Sql;

namespace MirroredMySql.Schema;

/// <summary>What the body of a trigger, procedure, function or block does, as far as its text tells.</summary>
internal sealed class RoutineFacts
{
    /// <summary>For a body that the account may not read: it may do anything.</summary>
    public static readonly RoutineFacts Unknown = new() { IsKnown = false };

    public bool IsKnown { get; init; } = true;

    /// <summary>The statements that write, in the order of the text.</summary>
    public IReadOnlyList<RoutineWrite> Writes { get; init; } = [];

    /// <summary>Traits of all of its statements and expressions together.</summary>
    public StatementTraits Traits { get; init; }

    /// <summary>The procedures that it calls, as written.</summary>
    public IReadOnlyList<string> Procedures { get; init; } = [];

    /// <summary>The stored functions that it may call, as written.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>Whether it reads tables: into variables, by cursors, in subqueries.</summary>
    public bool ReadsTables { get; init; }

    /// <summary>Whether it runs text that it has put together, or its own text cannot be followed.</summary>
    public bool RunsUnknownText { get; init; }
}

/// <param name="Statement">The statement.</param>
/// <param name="IsRepeated">Whether it stands in a loop, so that it may run more than once.</param>
internal sealed record RoutineWrite(Statement Statement, bool IsRepeated);
