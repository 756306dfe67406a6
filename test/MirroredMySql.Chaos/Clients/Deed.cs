using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>What a client does as a whole: a statement or a transaction, and what has to be true when it was acknowledged.</summary>
/// <param name="Kind">Its family and its name, as in <c>insert.row</c>.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record Deed(string Kind, Func<Caller, Task> RunAsync)
{
    /// <summary>The ids that it puts into <c>entries</c> or <c>copies</c>, once each.</summary>
    public IReadOnlyList<long> Adds { get; init; } = [];

    /// <summary>The ids that it takes out of <c>entries</c>.</summary>
    public IReadOnlyList<long> Removes { get; init; } = [];

    /// <summary>The counters that it adds one to, as <c>table:id</c>.</summary>
    public IReadOnlyList<string> Counts { get; init; } = [];

    /// <summary>Whether no later deed removes what this one adds.</summary>
    public bool IsLasting { get; init; }

    /// <summary>Whether it is a transaction that is rolled back on purpose.</summary>
    public bool RollsBack { get; init; }
}

/// <summary>A kind of deed.</summary>
/// <param name="Weight">How often it is done, compared with the others.</param>
/// <param name="Draw">Decides upon one.</param>
internal sealed record DeedKind(int Weight, Func<DeedSource, Deed> Draw);
