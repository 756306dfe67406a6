using MirroredMySql.Chaos.Network;

namespace MirroredMySql.Chaos.Faults;

/// <summary>The network between all clients and one server misbehaves.</summary>
internal static class NetworkFaults
{
    private static readonly Flow Swallowed = new(Swallows: true);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("network.cut", 3, FaultReach.Network, 0, 0, CutAsync),
        new("network.slow", 2, FaultReach.Network, 1, 8, SlowAsync),
        new("network.silent", 3, FaultReach.Network, 1, 12, Under(new Weather(Swallowed, Swallowed))),
        new("network.refuse", 2, FaultReach.Network, 1, 8, RefuseAsync),
        new("network.refuse_new", 1, FaultReach.Network, 1, 8, RefuseNewAsync),
        new("network.no_requests", 2, FaultReach.Network, 1, 10, Under(new Weather(Swallowed, default))),
        new("network.no_answers", 3, FaultReach.Network, 1, 10, Under(new Weather(default, Swallowed))),
        new("network.late", 3, FaultReach.Network, 0.5, 4, LateAsync),
        new("network.lost_answers", 3, FaultReach.Network, 0.02, 0.3, Under(new Weather(default, Swallowed))),
    ];

    private static Task<FaultReport> CutAsync(Stage stage, PlannedFault fault)
    {
        stage.ProxyOf(fault).Cut();
        return Task.FromResult(FaultReport.Happened);
    }

    private static Task<FaultReport> SlowAsync(Stage stage, PlannedFault fault)
    {
        var delay = new Flow(Delay: TimeSpan.FromMilliseconds(10 + fault.Chance % 300));
        return Under(new Weather(delay, delay))(stage, fault);
    }

    private static async Task<FaultReport> RefuseAsync(Stage stage, PlannedFault fault)
    {
        var proxy = stage.ProxyOf(fault);
        await proxy.RefuseAsync();
        proxy.Cut();
        return await ClearAsync(proxy, fault);
    }

    private static async Task<FaultReport> RefuseNewAsync(Stage stage, PlannedFault fault)
    {
        var proxy = stage.ProxyOf(fault);
        await proxy.RefuseAsync();
        return await ClearAsync(proxy, fault);
    }

    // What is on its way when the clients' connections break arrives at the server much later: a COMMIT that nobody waits for any more.
    private static async Task<FaultReport> LateAsync(Stage stage, PlannedFault fault)
    {
        var proxy = stage.ProxyOf(fault);
        proxy.Weather = new Weather(new Flow(Delay: fault.Lasts), default);
        await Task.Delay(fault.Lasts / 2);
        proxy.CutClients();
        proxy.Weather = Weather.Fair;
        await Task.Delay(fault.Lasts);
        return FaultReport.Happened;
    }

    private static Func<Stage, PlannedFault, Task<FaultReport>> Under(Weather weather) => (stage, fault) =>
    {
        var proxy = stage.ProxyOf(fault);
        proxy.Weather = weather;
        return ClearAsync(proxy, fault);
    };

    private static async Task<FaultReport> ClearAsync(Proxy proxy, PlannedFault fault)
    {
        await Task.Delay(fault.Lasts);
        proxy.Clear();
        return FaultReport.Happened;
    }
}
