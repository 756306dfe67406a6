using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;

namespace MirroredMySql.Topology;

/// <summary>
/// Looks after the pair in the background, from the first connection to the end of the data source: notices what other processes have
/// changed, finds lost nodes that nobody writes to, and brings absent nodes back.
/// </summary>
internal sealed class Monitor(Mirror mirror, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;

    public void Start()
    {
        lock (_lock)
            _running ??= _stop.IsCancellationRequested ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Looks at once, because something has changed.</summary>
    public void Wake() => Volatile.Read(ref _woken).TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task? running;
        lock (_lock)
            running = _running;
        if (running is not null)
            await running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await WaitAsync().ConfigureAwait(false);
                await LookAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.MonitorFailed(mirror.Logger, e);
            }
        }
    }

    // While all is well, until something changes; while a node is absent, until it is time to try it again.
    private async Task WaitAsync()
    {
        var isWell = mirror.Formation.Follower is not null;
        var delay = Task.Delay(isWell ? mirror.Options.HealthCheckInterval : mirror.Options.ReconnectInterval, time, _stop.Token);
        await (isWell ? await Task.WhenAny(delay, _woken.Task).ConfigureAwait(false) : delay).ConfigureAwait(false);
        Volatile.Write(ref _woken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await mirror.ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
        await mirror.SaveSuspectsAsync(async: true).ConfigureAwait(false);
        var formation = mirror.Formation;
        if (formation.Follower is { } follower)
        {
            // The reload has tried to reach both; whoever did not answer is asked once more.
            foreach (var node in new[] { follower, formation.Lead })
            {
                if (node.LastError is { } error)
                    await mirror.AnswersAsync(node, error, "looking after it", async: true).ConfigureAwait(false);
            }

            return;
        }

        var absent = mirror.Other(formation.Lead);
        try
        {
            await new CatchUp(mirror).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && DriverFailure.ClassifyConnect(e, cancellationToken) != FailureKind.Misuse || e is MirroredDbException)
        {
            absent.LastError = e;
            Log.NotCaughtUp(mirror.Logger, e, absent.Name);
        }
    }
}
