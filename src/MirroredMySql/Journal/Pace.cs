namespace MirroredMySql.Journal;

/// <summary>
/// How many entries fit into a time, judged by the latest batches alone: what an old one has waited for (a lock, a slow network) says nothing
/// about the next, and would keep batches small, and hence slow, for as long again.
/// </summary>
internal sealed class Pace
{
    private TimeSpan? _perEntry;

    /// <param name="time">How long they may take.</param>
    /// <param name="most">How many there are at most.</param>
    /// <returns>At least one.</returns>
    public int Fitting(TimeSpan time, int most) =>
        _perEntry is { } each && each > TimeSpan.Zero ? (int)Math.Clamp(time / each, 1, most) : most;

    /// <param name="time">How long a batch took.</param>
    /// <param name="entries">How many entries it had; at least one.</param>
    public void Took(TimeSpan time, int entries) => _perEntry = _perEntry is { } before ? (before + time / entries) / 2 : time / entries;
}
