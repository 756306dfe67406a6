namespace MirroredMySql.Topology;

/// <summary>Work that is done again and again in the background until its owner is disposed, or at once when it is woken.</summary>
/// <param name="turn">One turn of it; told when to stop, and returns how long to rest.</param>
/// <param name="failed">Is told when a turn has failed, and returns how long to rest.</param>
/// <param name="time">The clock.</param>
internal sealed class BackgroundLoop(Func<CancellationToken, Task<TimeSpan>> turn, Func<Exception, TimeSpan> failed, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _woken = new(0);
    private readonly Lock _lock = new();
    private Task? _running;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOver;

    public void Start()
    {
        lock (_lock)
            _running ??= _stop.IsCancellationRequested ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Ends the present rest, or has the present turn followed by another one.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_woken.CurrentCount == 0)
                _woken.Release();
        }
    }

    /// <summary>Has a turn begin as soon as may be, and waits for its end, or for the end of the loop.</summary>
    public Task TurnAsync()
    {
        Task next;
        lock (_lock)
            next = _running is null || _isOver ? Task.CompletedTask : _next.Task;
        Wake();
        return next;
    }

    /// <summary>Waits for the present turn, which is told to stop.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task? running;
        lock (_lock)
            running = _running;
        if (running is not null)
            await running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var over = Begin();
            TimeSpan rest;
            try
            {
                rest = await turn(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                rest = failed(e);
            }
            catch (Exception)
            {
                // What it was told to stop.
                rest = TimeSpan.Zero;
            }

            over.SetResult();
            await RestAsync(rest).ConfigureAwait(false);
        }

        lock (_lock)
            _isOver = true;
        Begin().SetResult();
    }

    private TaskCompletionSource Begin()
    {
        lock (_lock)
        {
            var begun = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return begun;
        }
    }

    private async Task RestAsync(TimeSpan rest)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(_woken.WaitAsync(enough.Token), Task.Delay(rest, time, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }
}
