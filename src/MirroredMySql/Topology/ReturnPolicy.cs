namespace MirroredMySql.Topology;

/// <summary>
/// When an absent node may be brought back. One that is lost again soon after it came back has to wait twice as long each time, so that a
/// node that comes and goes does not take the mode with it.
/// </summary>
/// <param name="interval">How long a node waits that does not come and go, and how long it is between two attempts.</param>
/// <param name="time">The clock.</param>
internal sealed class ReturnPolicy(TimeSpan interval, TimeProvider time)
{
    /// <summary>The longest wait, and how long a node has to stay until its past is forgotten.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private int _relapses;
    private bool _isAbsent;
    private DateTimeOffset? _returned; // null for a node that has been in step from the beginning
    private DateTimeOffset _due;

    /// <summary>How long a node waits that is lost now.</summary>
    public TimeSpan Delay => interval >= Limit ? interval : TimeSpan.FromTicks((long)Math.Min(interval.Ticks * Math.Pow(2, _relapses), Limit.Ticks));

    /// <summary>Whether it is time to try.</summary>
    public bool IsDue => _isAbsent && time.GetUtcNow() >= _due;

    /// <summary>The node takes part.</summary>
    public void Present()
    {
        var now = time.GetUtcNow();
        if (_isAbsent)
            _returned = now;
        else if (now - _returned >= Limit)
            _relapses = 0;
        _isAbsent = false;
    }

    /// <summary>The node takes no part.</summary>
    /// <returns>Whether it has just had a relapse.</returns>
    public bool Absent()
    {
        if (_isAbsent)
            return false;
        _isAbsent = true;
        var now = time.GetUtcNow();
        var isRelapse = now - _returned < Limit;
        _relapses = isRelapse ? Math.Min(_relapses + 1, 30) : 0;
        _due = now + Delay;
        return isRelapse;
    }

    /// <summary>It could not be brought back.</summary>
    public void Failed() => _due = time.GetUtcNow() + interval;
}
