namespace MirroredMySql.Chaos.Faults;

/// <summary>A server dies and comes back, or says nothing for a while.</summary>
internal static class ServerFaults
{
    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("server.kill", 4, FaultReach.Server, 0, 10, KillAsync),
        new("server.suspend", 4, FaultReach.Server, 2, 15, SuspendAsync),
        new("server.both", 1, FaultReach.Everything, 0, 5, KillBothAsync),
    ];

    private static async Task<FaultReport> KillAsync(Stage stage, PlannedFault fault)
    {
        var server = stage.ServerOf(fault);
        server.Kill();
        await Task.Delay(fault.Lasts);
        await server.StartAsync();
        return FaultReport.Happened;
    }

    private static async Task<FaultReport> SuspendAsync(Stage stage, PlannedFault fault)
    {
        var server = stage.ServerOf(fault);
        server.Suspend();
        await Task.Delay(fault.Lasts);
        server.Resume();
        return FaultReport.Happened;
    }

    private static async Task<FaultReport> KillBothAsync(Stage stage, PlannedFault fault)
    {
        foreach (var server in stage.Servers)
            server.Kill();
        await Task.Delay(fault.Lasts);
        await Task.WhenAll(stage.Servers.Select(server => server.StartAsync()));
        return FaultReport.Happened;
    }
}
