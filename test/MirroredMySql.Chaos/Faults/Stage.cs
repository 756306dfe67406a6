using MirroredMySql.Chaos.Network;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Faults;

/// <summary>All that faults can happen to.</summary>
internal sealed class Stage(Gateway gateway, ClientTeam clients)
{
    private static readonly NodeRole[] Roles = [NodeRole.Primary, NodeRole.Standby];

    public ClientTeam Clients => clients;

    public IEnumerable<LocalServer> Servers => Roles.Select(gateway.ServerOf);

    public LocalServer ServerOf(PlannedFault fault) => ServerOf(fault.Node);

    public LocalServer ServerOf(NodeRole role) => gateway.ServerOf(role);

    public Proxy ProxyOf(PlannedFault fault) => gateway.ProxyOf(fault.Node);

    public static NodeRole Other(NodeRole role) => role == NodeRole.Primary ? NodeRole.Standby : NodeRole.Primary;

    /// <summary>Has both servers run and serve, whatever has become of them.</summary>
    public Task ReviveAsync() => Task.WhenAll(Servers.Select(server => server.StartAsync()));

    /// <summary>Undoes whatever is not yet undone.</summary>
    public async Task HealAsync()
    {
        foreach (var role in Roles)
            gateway.ProxyOf(role).Clear();
        await ReviveAsync();
    }
}
