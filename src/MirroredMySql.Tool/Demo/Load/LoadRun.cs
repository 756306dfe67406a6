using System.Diagnostics;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool.Demo.View;

namespace MirroredMySql.Tool.Demo.Load;

/// <summary>Lets several workers loose on the shop for a while, and shows what happens.</summary>
internal sealed class LoadRun(MirroredDbDataSource mirror, LocalServerPair pair, Ledger ledger)
{
    private const int SamplesPerSecond = 10;

    /// <summary>Runs the load and waits until every worker has ended.</summary>
    /// <returns>The errors that workers died of.</returns>
    public async Task<IReadOnlyList<Exception>> RunAsync(int workers, TimeSpan duration, ILoadView view, CancellationToken cancellationToken)
    {
        await using var primary = await NodeSampler.StartAsync(pair.Primary, cancellationToken);
        await using var standby = await NodeSampler.StartAsync(pair.Standby, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Enumerable.Range(0, workers)
            .Select(_ => Task.Run(() => new Worker(mirror, ledger).RunAsync(stop.Token), CancellationToken.None))
            .ToList();
        try
        {
            stop.CancelAfter(duration);
            await view.RunAsync(show => WatchAsync(primary, standby, Task.WhenAll(running), show));
        }
        finally
        {
            await stop.CancelAsync();
            // Waits for all without throwing: what they died of is the result.
            await Task.WhenAny(Task.WhenAll(running));
        }
        cancellationToken.ThrowIfCancellationRequested();
        return [.. running.Where(worker => worker.IsFaulted).Select(worker => worker.Exception!.InnerException!)];
    }

    private async Task WatchAsync(NodeSampler primary, NodeSampler standby, Task workers, Action<LoadFigures> show)
    {
        var start = new Moment(Stopwatch.GetTimestamp(), ledger.Totals);
        var before = start;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / SamplesPerSecond);
        for (var sample = 1; !workers.IsCompleted; sample++)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            await Task.WhenAll(primary.TimeAsync(keep: SamplesPerSecond), standby.TimeAsync(keep: SamplesPerSecond));
            if (sample % SamplesPerSecond != 0)
                continue;
            var now = new Moment(Stopwatch.GetTimestamp(), ledger.Totals);
            show(await FiguresAsync(before, now, isFinal: false));
            before = now;
        }
        show(await FiguresAsync(start, new Moment(Stopwatch.GetTimestamp(), ledger.Totals), isFinal: true));

        async Task<LoadFigures> FiguresAsync(Moment since, Moment now, bool isFinal)
        {
            var writes = now.Totals.Writes - since.Totals.Writes;
            var timedWrites = now.Totals.TimedWrites - since.Totals.TimedWrites;
            return new LoadFigures(
                Stopwatch.GetElapsedTime(start.Timestamp, now.Timestamp),
                isFinal,
                await primary.FiguresAsync(),
                await standby.FiguresAsync(),
                now.Totals,
                writes / Stopwatch.GetElapsedTime(since.Timestamp, now.Timestamp).TotalSeconds,
                (now.Totals.WritingTime - since.Totals.WritingTime) / Math.Max(1, timedWrites),
                mirror.Status);
        }
    }

    private readonly record struct Moment(long Timestamp, LedgerTotals Totals);
}
