using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using MirroredMySql.Chaos.Reckoning;

namespace MirroredMySql.Chaos.Inspection;

/// <summary>
/// Watches, through a data source that was not there before, what becomes of the mirror when nothing fails any more and nobody writes.
/// </summary>
internal static class MirrorWatch
{
    // The drivers' asynchronous calls do not all know a timeout.
    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until both nodes are in step and what ended clients have left is settled, or until the deadline.</summary>
    public static async Task<Settlement> WaitAsync(MirroredDbDataSource mirror, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var (unsettled, error) = await ReachAsync(mirror, cancellationToken);
            var settlement = new Settlement(error is null ? mirror.Status.Mode : null, Stopwatch.GetElapsedTime(started), error);
            if ((settlement.Mode == MirrorMode.Mirrored && unsettled == 0) || settlement.Took > patience)
                return settlement;
            await Task.Delay(Interval, cancellationToken);
        }
    }

    /// <returns>How many clients have left something that nobody has looked at yet; or the error.</returns>
    private static async Task<(long Unsettled, string? Error)> ReachAsync(MirroredDbDataSource mirror, CancellationToken cancellationToken)
    {
        try
        {
            var opening = mirror.OpenConnectionAsync(cancellationToken).AsTask();
            await using var connection = await opening.WaitAsync(OpenPatience, cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT COUNT(*) FROM mirror_instance WHERE token <> '' AND id <> '{mirror.Mirror.Instances.Own}'";
            var count = command.ExecuteScalarAsync(cancellationToken);
            return (Convert.ToInt64(await count.WaitAsync(OpenPatience, cancellationToken), CultureInfo.InvariantCulture), null);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            return (0, exception.Message);
        }
    }
}
