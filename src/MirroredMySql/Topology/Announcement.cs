namespace MirroredMySql.Topology;

/// <summary>
/// Whether all processes know of an epoch in which one node leads alone. Until then nothing is committed in it: one of them could still
/// take the other node for the newest. Thread-safe.
/// </summary>
internal sealed class Announcement
{
    /// <summary>Of an epoch that nobody has to know of before it is used.</summary>
    public static Announcement Made { get; } = MakeKnown();

    private readonly TaskCompletionSource<bool> _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsKnown => _known.Task is { IsCompletedSuccessfully: true, Result: true };

    /// <summary>Everybody knows.</summary>
    public void Complete() => _known.TrySetResult(true);

    /// <summary>The epoch is over: whoever waits need not any more.</summary>
    public void Abandon() => _known.TrySetResult(false);

    /// <summary>Waits until everybody knows.</summary>
    /// <returns>False when that takes longer than it may, or will not be any more.</returns>
    public async ValueTask<bool> WaitAsync(TimeSpan patience, bool async)
    {
        if (IsKnown)
            return true;
        if (!async)
            return _known.Task.Wait(patience) && IsKnown;
        try
        {
            return await _known.Task.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static Announcement MakeKnown()
    {
        var made = new Announcement();
        made.Complete();
        return made;
    }
}
