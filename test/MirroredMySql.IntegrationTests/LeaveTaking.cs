namespace MirroredMySql.IntegrationTests;

/// <summary>Ends what a data source does in the background, however busy the machine is: its disposal does not wait for long.</summary>
internal static class LeaveTaking
{
    public static async Task TakeLeaveAsync(this MirroredDbDataSource source)
    {
        await source.Mirror.Monitor.DisposeAsync();
        await source.Mirror.Heartbeat.DisposeAsync();
    }
}
