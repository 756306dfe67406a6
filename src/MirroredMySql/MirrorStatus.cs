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

    /// <summary>
    /// To the lead only. The other node has missed more than the journal may hold: when it is back, all tables are copied to it.
    /// </summary>
    Resyncing,

    /// <summary>Nowhere: both nodes have led alone, or neither comes from the other, and an operator has to say which counts.</summary>
    SplitBrain,
}

/// <summary>A table that may differ between the nodes.</summary>
/// <param name="Table">
/// The table as the statement named it, with the database that the session had open where that is not the nodes' own; or <c>*</c>, and
/// <c>shop.*</c> for a database <c>shop</c>, where the statement's tables are not known.
/// </param>
/// <param name="Reason">What happened first.</param>
/// <param name="Since">When it happened.</param>
/// <param name="Count">How often reason was given in this process; what another process has written down counts as one.</param>
public sealed record SuspectTable(string Table, string Reason, DateTimeOffset Since, long Count);

/// <summary>One node as this process sees it.</summary>
/// <param name="Role">Which of the two it is.</param>
/// <param name="Endpoint">Host, port and database.</param>
/// <param name="IsInStep">Whether it takes part in writes and may serve reads.</param>
/// <param name="Since">Since when it has been so.</param>
/// <param name="ServerVersion">The server's version, or null when it has not been reached yet.</param>
/// <param name="Latency">How long it took to answer this process's latest sign of life, or null when it has not answered one yet.</param>
/// <param name="LastError">The latest error that spoke against it, or null.</param>
public sealed record NodeStatus(
    NodeRole Role, string Endpoint, bool IsInStep, DateTimeOffset Since, string? ServerVersion, TimeSpan? Latency, string? LastError);

/// <summary>
/// What became of the commits of this process since its data source was made: of autocommit writes and of transactions that have written.
/// A write that runs again is counted for each COMMIT that was sent.
/// </summary>
/// <param name="OnBoth">Those that both nodes have confirmed.</param>
/// <param name="OnOne">
/// Those that one node has confirmed: the other one was absent, or was lost over it. Where it could not be made sure that this node counts, the
/// caller was told <see cref="MirroredDbException.IsInDoubt"/> all the same.
/// </param>
/// <param name="Failed">Those that the lead has not committed. Should the follower have, the tables are suspect.</param>
/// <param name="InDoubt">Those that no node has confirmed, and of which the lead could not be asked.</param>
public sealed record CommitCounts(long OnBoth, long OnOne, long Failed, long InDoubt)
{
    /// <summary>The share of all commits that both nodes have confirmed, from 0 to 1; 1 when there was none yet.</summary>
    public double SuccessRate => OnBoth + OnOne + Failed + InDoubt is > 0 and var all ? (double)OnBoth / all : 1;
}

/// <summary>
/// What an absent node has missed so far: measured every <see cref="MirroredMySqlOptions.ReconnectInterval"/> while it is absent.
/// </summary>
/// <param name="Rows">How many transactions.</param>
/// <param name="Bytes">How much they take on the lead.</param>
/// <param name="Oldest">When the oldest was made, by the lead's clock; null when there is none.</param>
/// <param name="Age">How long ago that was when it was measured.</param>
public sealed record JournalStatus(long Rows, long Bytes, DateTimeOffset? Oldest, TimeSpan Age)
{
    internal static JournalStatus Empty { get; } = new(0, 0, null, TimeSpan.Zero);

    /// <summary>Which bound of the options it has passed, for the log; null when it has passed none.</summary>
    internal string? Exceeds(MirroredMySqlOptions options) =>
        Rows > options.JournalMaxRows ? $"{nameof(options.JournalMaxRows)} ({options.JournalMaxRows})"
        : Bytes > options.JournalMaxBytes ? $"{nameof(options.JournalMaxBytes)} ({options.JournalMaxBytes})"
        : Age > options.JournalMaxAge ? $"{nameof(options.JournalMaxAge)} ({options.JournalMaxAge})"
        : null;
}

/// <summary>A pair of nodes as this process sees it at one moment. Cheap to take.</summary>
/// <param name="Mode">Where writes go.</param>
/// <param name="Lead">The node that orders writes and answers the caller.</param>
/// <param name="Epoch">Grows whenever a node leaves, comes back or takes the lead; the same for all processes.</param>
/// <param name="Reason">Why it is so.</param>
/// <param name="Primary">The primary.</param>
/// <param name="Standby">The standby.</param>
/// <param name="Commits">What became of this process's commits.</param>
/// <param name="Journal">What the absent node has missed; nothing while both are in step.</param>
/// <param name="Suspects">The tables that may differ, by name.</param>
public sealed record MirrorStatus(
    MirrorMode Mode, NodeRole Lead, long Epoch, string Reason, NodeStatus Primary, NodeStatus Standby, CommitCounts Commits,
    JournalStatus Journal, IReadOnlyList<SuspectTable> Suspects);
