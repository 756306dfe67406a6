namespace MirroredMySql;

/// <summary>What becomes of a write of which it is known beforehand that the two nodes may end up with different rows.</summary>
public enum UnsafeStatements
{
    /// <summary>It runs on both nodes, and its tables become suspect: see <see cref="MirrorStatus.Suspects"/>.</summary>
    MarkSuspect,

    /// <summary>It runs on neither, and throws <see cref="MirroredDbException"/>.</summary>
    Throw,
}
