namespace MirroredMySql;

/// <summary>Where writes go.</summary>
public enum MirrorMode
{
    /// <summary>To both nodes.</summary>
    Mirrored,

    /// <summary>To the lead only, and to its journal; the other node is absent.</summary>
    Solo,

    /// <summary>To the lead and its journal, while the other node, which is back, is given what it has missed.</summary>
    CatchingUp,
}

/// <summary>A table that may differ between the nodes.</summary>
/// <param name="Table">The table as the statement named it, or <c>*</c> where the statement's tables are not known.</param>
/// <param name="Reason">What happened first.</param>
/// <param name="Since">When it happened.</param>
/// <param name="Count">How many statements have given reason since.</param>
public sealed record SuspectTable(string Table, string Reason, DateTimeOffset Since, long Count);

/// <summary>One node as this process sees it.</summary>
/// <param name="Role">Which of the two it is.</param>
/// <param name="Endpoint">Host, port and database.</param>
/// <param name="IsInStep">Whether it takes part in writes and may serve reads.</param>
/// <param name="Since">Since when it has been so.</param>
/// <param name="ServerVersion">The server's version, or null when it has not been reached yet.</param>
/// <param name="LastError">The latest error that spoke against it, or null.</param>
public sealed record NodeStatus(
    NodeRole Role, string Endpoint, bool IsInStep, DateTimeOffset Since, string? ServerVersion, string? LastError);

/// <summary>A pair of nodes as this process sees it at one moment. Cheap to take.</summary>
/// <param name="Mode">Where writes go.</param>
/// <param name="Lead">The node that orders writes and answers the caller.</param>
/// <param name="Primary">The primary.</param>
/// <param name="Standby">The standby.</param>
/// <param name="Suspects">The tables that may differ, by name.</param>
public sealed record MirrorStatus(
    MirrorMode Mode, NodeRole Lead, NodeStatus Primary, NodeStatus Standby, IReadOnlyList<SuspectTable> Suspects);
