using System.Data.Common;
using System.Diagnostics;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>
/// What becomes of the mirror when nothing fails any more and nobody writes: a data source that was not there before has to bring both
/// nodes into step.
/// </summary>
/// <param name="Mode">The mode at the end; nothing when no connection could be opened.</param>
/// <param name="Suspects">The suspect tables at the end.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Error">The latest error.</param>
internal sealed record Settlement(MirrorMode? Mode, IReadOnlyList<SuspectTable> Suspects, TimeSpan Took, string? Error)
{
    // The drivers' asynchronous calls do not all know a timeout.
    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    public bool IsGood => Mode == MirrorMode.Mirrored && Suspects.Count == 0;

    /// <summary>Waits until both nodes are in step and no table is suspect, or until the deadline.</summary>
    public static async Task<Settlement> WaitAsync(MirroredDbDataSource mirror, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var error = await ReachAsync(mirror, cancellationToken);
            var status = mirror.Status;
            var took = Stopwatch.GetElapsedTime(started);
            var settlement = new Settlement(error is null ? status.Mode : null, status.Suspects, took, error);
            if (settlement.IsGood || took > patience)
                return settlement;
            await Task.Delay(Interval, cancellationToken);
        }
    }

    public IEnumerable<Violation> Violations()
    {
        if (Mode != MirrorMode.Mirrored)
            yield return new("a healed mirror is in step again", $"after {Took} the mode is {Mode?.ToString() ?? "unknown"}. {Error}");
        foreach (var suspect in Suspects)
            yield return new("a healed mirror has no suspect table", $"{suspect.Table}, {suspect.Count} times since {suspect.Since:O}: {suspect.Reason}");
    }

    private static async Task<string?> ReachAsync(MirroredDbDataSource mirror, CancellationToken cancellationToken)
    {
        try
        {
            var opening = mirror.OpenConnectionAsync(cancellationToken).AsTask();
            await using var connection = await opening.WaitAsync(OpenPatience, cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            return exception.Message;
        }
    }
}
