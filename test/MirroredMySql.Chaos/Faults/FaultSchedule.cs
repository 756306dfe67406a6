using System.Diagnostics;

namespace MirroredMySql.Chaos.Faults;

/// <summary>Carries a plan out: one fault after the other, some of them beside each other, but never so that both nodes are hit.</summary>
internal sealed class FaultSchedule(Stage stage, Chronicle chronicle)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<(PlannedFault Fault, Task Task)> _running = [];

    /// <summary>Runs until the end is asked for, and then until all that has begun is mended.</summary>
    public async Task RunAsync(FaultPlan plan, CancellationToken end)
    {
        try
        {
            foreach (var fault in plan.Draw())
            {
                await Task.Delay(fault.Pause, end);
                await RoomAsync(fault, end);
                if (fault is { Kind.HitsNode: true, IsPatient: true } && _running.Count == 0)
                    await stage.Clients.WaitUntilAsync(view => view.IsMirrored, Patience, end);
                _running.Add((fault, RunAsync(fault)));
            }
            await Task.Delay(Timeout.Infinite, end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The end that was asked for.
        }
        await Task.WhenAll(_running.Select(entry => entry.Task));
    }

    private async Task RoomAsync(PlannedFault fault, CancellationToken end)
    {
        while (true)
        {
            foreach (var ended in _running.Where(entry => entry.Task.IsCompleted).ToList())
            {
                await ended.Task;
                _running.Remove(ended);
            }
            if (_running.All(other => CanBeBeside(fault, other.Fault)))
                return;
            await Task.WhenAny(_running.Select(entry => entry.Task)).WaitAsync(end);
        }
    }

    private static bool CanBeBeside(PlannedFault fault, PlannedFault other) => (fault.Kind.Reach, other.Kind.Reach) switch
    {
        var (one, two) when one == two => false,
        _ when !fault.Kind.HitsNode || !other.Kind.HitsNode => true,
        (FaultReach.Everything, _) or (_, FaultReach.Everything) => false,
        _ => fault.Overlaps && fault.Node == other.Node,
    };

    private async Task RunAsync(PlannedFault fault)
    {
        chronicle.Say(fault.ToString());
        var start = Stopwatch.GetTimestamp();
        var report = await fault.Kind.RunAsync(stage, fault);
        chronicle.Add(new FaultRecord(fault, start, Stopwatch.GetTimestamp(), report));
        if (report.Note is { } note)
            chronicle.Say($"  {fault.Kind.Name}: {note}");
    }
}
