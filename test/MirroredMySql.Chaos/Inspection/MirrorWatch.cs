using System.Data.Common;
using System.Diagnostics;
using Dapper;
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
            var settlement = await LookAsync(mirror, started, cancellationToken);
            if (settlement.IsDone || settlement.Took > patience)
                return settlement;
            await Task.Delay(Interval, cancellationToken);
        }
    }

    private static async Task<Settlement> LookAsync(MirroredDbDataSource mirror, long started, CancellationToken cancellationToken)
    {
        try
        {
            var opening = mirror.OpenConnectionAsync(cancellationToken).AsTask();
            await using var connection = await opening.WaitAsync(OpenPatience, cancellationToken);
            var state = mirror.Mirror.Formation.State;
            // One statement sees one moment: who settles something by a new epoch does both at once.
            var sql =
                $"""
                SELECT token, (SELECT COUNT(*) FROM mirror_instance WHERE token <> '' AND id <> '{mirror.Mirror.Instances.Own}') AS unsettled
                FROM mirror_state WHERE id = 1
                """;
            var query = connection.QuerySingleAsync<(string Token, long Unsettled)>(new CommandDefinition(sql, cancellationToken: cancellationToken));
            var (token, unsettled) = await query.WaitAsync(OpenPatience, cancellationToken);
            return token == state.Token
                ? new(state.Mode, token, unsettled, Took())
                : new(null, token, unsettled, Took(), "The mirror has not noticed yet that another epoch has begun.");
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            return new(null, null, 0, Took(), exception.Message);
        }

        TimeSpan Took() => Stopwatch.GetElapsedTime(started);
    }
}
