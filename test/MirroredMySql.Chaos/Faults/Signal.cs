namespace MirroredMySql.Chaos.Faults;

/// <summary>Wakes whoever waits for a condition when it may have come true. Thread-safe.</summary>
internal sealed class Signal
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    /// <returns>Whether the condition came true in time.</returns>
    public async Task<bool> WaitUntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        var late = Task.Delay(patience, cancellationToken);
        while (true)
        {
            var next = _next.Task;
            if (condition())
                return true;
            if (await Task.WhenAny(next, late) == next)
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            return condition();
        }
    }
}
