using System.Data.Common;
using System.Diagnostics;
using MirroredMySql.Tool.Demo.Shop;

namespace MirroredMySql.Tool.Demo.Load;

/// <summary>Runs errands one after the other, as one of several callers of the same data source.</summary>
internal sealed class Worker(MirroredDbDataSource mirror, Ledger ledger)
{
    private const int MaxAttempts = 50;
    private const string ServerErrorCode = "Server Error Code";

    /// <summary>Runs until it is asked to stop. An errand that is under way is finished: to interrupt a write is to leave it in doubt.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            await RunAsync(Errand.Any());
    }

    private async Task RunAsync(Errand errand)
    {
        for (var attempt = 1; ; attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await using var connection = await mirror.OpenConnectionAsync();
                ledger.Enter(await errand.RunAsync(connection), started);
                return;
            }
            catch (DbException exception) when (attempt < MaxAttempts && MayRunAgain(exception))
            {
                ledger.EnterRetry();
                await Task.Delay(Random.Shared.Next(1, 5 * attempt));
            }
        }
    }

    // IsTransient alone is not enough: MySql.Data never sets it.
    private static bool MayRunAgain(DbException exception) => exception.IsTransient || ErrorNumber(exception) is 1205 or 1213;

    private static int ErrorNumber(Exception? exception) => exception switch
    {
        null => 0,
        _ when exception.Data[ServerErrorCode] is int number => number,
        _ => ErrorNumber(exception.InnerException),
    };
}
