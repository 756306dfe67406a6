using MirroredMySql.Chaos.Network;

namespace MirroredMySql.Chaos.Faults;

/// <summary>The network splits the clients: some of them cannot reach one of the nodes, which serves the others.</summary>
internal static class PartitionFaults
{
    private static readonly Weather Silent = new(new Flow(Swallows: true), new Flow(Swallows: true));

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("partition.refuse", 2, FaultReach.Network, 1, 10, (stage, fault) => SplitAsync(stage, fault, RefuseAsync)),
        new("partition.silent", 2, FaultReach.Network, 1, 10, (stage, fault) => SplitAsync(stage, fault, HushAsync)),
    ];

    // A client keeps its proxies until it is disposed of, which the borrowing puts off until the network is whole again.
    private static async Task<FaultReport> SplitAsync(Stage stage, PlannedFault fault, Func<Proxy, Task> cut)
    {
        var count = Math.Max(1, stage.Clients.All.Count / 2);
        var apart = Enumerable.Range(0, count).Select(index => stage.Clients.TryBorrow(fault.Chance + index)).OfType<Client>().ToList();
        if (apart.Count == 0)
            return FaultReport.NoneFree;
        foreach (var client in apart)
            await cut(client.Route.ProxyOf(fault.Node));
        await Task.Delay(fault.Lasts);
        foreach (var client in apart)
        {
            client.Route.ProxyOf(fault.Node).Clear();
            stage.Clients.Return(client);
        }
        return new(HasHappened: true, $"clients {string.Join(", ", apart.Select(client => client.Number))}");
    }

    private static async Task RefuseAsync(Proxy proxy)
    {
        await proxy.RefuseAsync();
        proxy.Cut();
    }

    private static Task HushAsync(Proxy proxy)
    {
        proxy.Weather = Silent;
        return Task.CompletedTask;
    }
}
