using System.Collections.Frozen;

namespace MirroredMySql.Schema;

/// <summary>What both nodes said of one database at one moment.</summary>
internal sealed class DatabaseFacts
{
    public required string Name { get; init; }

    public required FrozenDictionary<string, TableFacts> Tables { get; init; }

    public required FrozenDictionary<string, RoutineFacts> Procedures { get; init; }

    public required FrozenDictionary<string, RoutineFacts> Functions { get; init; }

    /// <summary>Views that call a function which writes, so that reading them is a write.</summary>
    public IReadOnlyList<string> WritingViews { get; init; } = [];

    /// <summary>What the other node defines differently, or does not have; each as "table t", "function f" …</summary>
    public FrozenSet<string> Unlike { get; private init; } = [];

    /// <summary>Definitions by kind and name, to compare two nodes.</summary>
    public required IReadOnlyDictionary<string, string> Definitions { get; init; }

    /// <summary>The objects that the two nodes define differently, or that only one has; each as "table t", "function f" …</summary>
    public IReadOnlyList<string> DifferencesFrom(DatabaseFacts other) =>
    [
        .. Definitions.Keys.Union(other.Definitions.Keys, StringComparer.Ordinal)
            .Where(key => Definitions.GetValueOrDefault(key) != other.Definitions.GetValueOrDefault(key))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What both nodes have and define differently. What one does not have fails there, or is being made.</summary>
    public FrozenSet<string> UnlikeIn(DatabaseFacts other) =>
        DifferencesFrom(other).Where(key => Definitions.ContainsKey(key) && other.Definitions.ContainsKey(key)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The same, knowing what the other node defines differently.</summary>
    public DatabaseFacts With(FrozenSet<string> unlike) => new()
    {
        Name = Name,
        Tables = Tables,
        Procedures = Procedures,
        Functions = Functions,
        WritingViews = WritingViews,
        Definitions = Definitions,
        Unlike = unlike,
    };
}
