using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>What a client does as a whole: a statement or a transaction, and what has to be true when it was acknowledged.</summary>
/// <param name="Kind">Its family and its name, as in <c>insert.row</c>.</param>
/// <param name="RunAsync">Does it; returns what it has read, where it reads.</param>
internal sealed record Deed(string Kind, Func<Caller, Task<long?>> RunAsync)
{
    public Deed(string kind, Func<Caller, Task> write)
        : this(kind, async caller =>
        {
            await write(caller);
            return null;
        })
    {
    }

    /// <summary>The ids that it puts into <c>entries</c> or <c>copies</c>, once each.</summary>
    public IReadOnlyList<long> Adds { get; init; } = [];

    /// <summary>The ids that it takes out of <c>entries</c>.</summary>
    public IReadOnlyList<long> Removes { get; init; } = [];

    /// <summary>What it adds to numbers that others add to as well.</summary>
    public IReadOnlyList<Change> Changes { get; init; } = [];

    /// <summary>What it leaves on registers, where the latest deed's mark replaces those before it.</summary>
    public IReadOnlyList<Mark> Marks { get; init; } = [];

    /// <summary>The cell that it reads, where it does nothing else.</summary>
    public string? Reads { get; init; }

    /// <summary>Whether no later deed removes what this one adds.</summary>
    public bool IsLasting { get; init; }

    /// <summary>Whether it is a transaction that is rolled back on purpose.</summary>
    public bool RollsBack { get; init; }
}

/// <summary>An amount that is added to one number.</summary>
/// <param name="Cell">The number, as <c>table:id</c>.</param>
/// <param name="Amount">What is added.</param>
internal sealed record Change(string Cell, long Amount);

/// <summary>What a register holds from then on.</summary>
/// <param name="Register">The register's id.</param>
/// <param name="Value">What no other deed puts anywhere.</param>
internal sealed record Mark(int Register, long Value);

/// <summary>A kind of deed.</summary>
/// <param name="Weight">How often it is done, compared with the others.</param>
/// <param name="Draw">Decides upon one.</param>
internal sealed record DeedKind(int Weight, Func<DeedSource, Deed> Draw);
