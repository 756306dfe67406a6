namespace MirroredMySql.Topology;

/// <summary>
/// How long this process may rely on both nodes being of one epoch. Whoever enters an epoch with one node waits as long before it commits
/// anything, so that a process that has slept, or that was cut off, does not take a node for the newest one that is not. Thread-safe.
/// </summary>
/// <param name="length">How long a confirmation holds.</param>
/// <param name="time">The clock.</param>
internal sealed class Lease(TimeSpan length, TimeProvider time)
{
    private volatile Confirmation? _latest;

    public TimeSpan Length => length;

    /// <summary>The present moment by both clocks: one of them goes on while the process sleeps, the other while nobody sets it.</summary>
    public Moment Now => new(time.GetTimestamp(), time.GetUtcNow());

    /// <summary>By the clock that says more.</summary>
    public TimeSpan Between(Moment from, Moment to)
    {
        var (elapsed, byTheWall) = (time.GetElapsedTime(from.Timestamp, to.Timestamp), to.Wall - from.Wall);
        return elapsed > byTheWall ? elapsed : byTheWall;
    }

    public TimeSpan Since(Moment moment) => time.GetElapsedTime(moment.Timestamp);

    /// <summary>Both nodes have said that this is their token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="asked">A moment before they were asked.</param>
    public void Renew(string token, Moment asked) => _latest = new Confirmation(token, asked);

    /// <summary>What is left of it for an epoch; zero or less when it is over, or was never given.</summary>
    public TimeSpan Left(string token)
    {
        if (_latest is not { } latest || latest.Token != token)
            return TimeSpan.Zero;
        return length - Between(latest.Asked, Now);
    }

    public bool Holds(string token) => Left(token) > TimeSpan.Zero;

    /// <summary>A moment by the clock that only runs forward, and by the one that also runs while the machine sleeps.</summary>
    internal readonly record struct Moment(long Timestamp, DateTimeOffset Wall);

    private sealed record Confirmation(string Token, Moment Asked);
}
