using MirroredMySql.Diagnostics;

namespace MirroredMySql.Topology;

/// <summary>
/// Tells when the lead does better alone: when the follower turns writes away that the lead has run, because of locks that others hold
/// there. A few that lose a deadlock run again; of a node that refuses most of what it is given nobody has any use. Thread-safe.
/// </summary>
/// <param name="commits">What became of the other writes.</param>
/// <param name="time">The clock.</param>
internal sealed class FollowerRefusals(CommitTally commits, TimeProvider time)
{
    /// <summary>The least number of refusals: within the usual retries of a single write.</summary>
    public const int Limit = 3;

    /// <summary>For how long a refusal counts; <see cref="Limit"/> waits for a lock fit in with the usual timeout.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private int _count;
    private long _since;
    private long _commitsBefore;

    /// <summary>Counts a write that the follower alone has turned away.</summary>
    /// <returns>Whether it has turned away more than it has committed since the first of them.</returns>
    public bool Add()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_count == 0 || time.GetElapsedTime(_since, now) > Window)
                (_count, _since, _commitsBefore) = (0, now, commits.Snapshot().OnBoth);
            _count++;
            return _count >= Limit && _count > commits.Snapshot().OnBoth - _commitsBefore;
        }
    }

    /// <summary>It takes part no more; what it does when it is back is another matter.</summary>
    public void Clear()
    {
        lock (_lock)
            _count = 0;
    }
}
