namespace MirroredMySql.Diagnostics;

/// <summary>How many of this process's commits came to what. Thread-safe.</summary>
internal sealed class CommitTally
{
    private long _onBoth;
    private long _onOne;
    private long _failed;
    private long _inDoubt;

    /// <summary>Both nodes have confirmed it.</summary>
    public void OnBoth() => Count(ref _onBoth, "both");

    /// <summary>One node has confirmed it: the other one is absent, or was lost over it.</summary>
    public void OnOne() => Count(ref _onOne, "one");

    /// <summary>Nothing was committed.</summary>
    public void Failed() => Count(ref _failed, "failed");

    /// <summary>Nobody knows.</summary>
    public void InDoubt() => Count(ref _inDoubt, "in_doubt");

    public CommitCounts Snapshot() => new(Volatile.Read(ref _onBoth), Volatile.Read(ref _onOne), Volatile.Read(ref _failed), Volatile.Read(ref _inDoubt));

    private static void Count(ref long counter, string outcome)
    {
        Interlocked.Increment(ref counter);
        MirroredMySqlMetrics.Committed(outcome);
    }
}
