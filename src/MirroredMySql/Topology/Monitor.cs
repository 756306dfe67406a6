using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;

namespace MirroredMySql.Topology;

/// <summary>
/// Looks after the pair in the background, from the first connection to the end of the data source: notices what other processes have
/// changed, finds lost nodes that nobody writes to, brings absent nodes back, and settles what dead processes have left.
/// </summary>
internal sealed class Monitor : IAsyncDisposable
{
    private readonly Mirror _mirror;
    private readonly BackgroundLoop _loop;
    private readonly Absence _absence;
    private readonly Failback _failback;

    public Monitor(Mirror mirror, TimeProvider time)
    {
        _mirror = mirror;
        _absence = new Absence(mirror, time);
        _failback = new Failback(mirror, time);
        _loop = new BackgroundLoop(LookAsync, Failed, time);
    }

    public void Start() => _loop.Start();

    /// <summary>Looks at once, because something has changed.</summary>
    public void Wake() => _loop.Wake();

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan> LookAsync(CancellationToken cancellationToken)
    {
        await _mirror.ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
        await _mirror.SaveSuspectsAsync(async: true).ConfigureAwait(false);
        await _mirror.RefreshSuspectsAsync(cancellationToken).ConfigureAwait(false);
        var formation = _mirror.Formation;
        if (formation.Follower is { } follower)
        {
            // The reload has tried to reach both; whoever did not answer is asked once more.
            foreach (var node in new[] { follower, formation.Lead })
            {
                if (node.LastError is { } error)
                    await _mirror.AnswersAsync(node, error, "looking after it", async: true).ConfigureAwait(false);
            }

            _absence.End();
            await new DeadProcesses(_mirror).SettleAsync(formation, cancellationToken).ConfigureAwait(false);
            var failback = await _failback.LookAsync(cancellationToken).ConfigureAwait(false);
            return failback < Rest ? failback.Value : Rest;
        }

        await _absence.LookAsync(formation, cancellationToken).ConfigureAwait(false);
        return Rest;
    }

    private TimeSpan Failed(Exception exception)
    {
        Log.MonitorFailed(_mirror.Logger, exception);
        return Rest;
    }

    private TimeSpan Rest => _mirror.Formation.Follower is not null ? _mirror.Options.HealthCheckInterval : _mirror.Options.ReconnectInterval;
}
