using MirroredMySql.Chaos.Network;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Faults;

/// <summary>All that faults can happen to.</summary>
internal sealed class Stage(Gateway gateway, ClientTeam clients)
{
    private static readonly NodeRole[] Roles = [NodeRole.Primary, NodeRole.Standby];

    public ClientTeam Clients => clients;

    public IEnumerable<LocalServer> Servers => Roles.Select(gateway.ServerOf);

    public LocalServer ServerOf(PlannedFault fault) => gateway.ServerOf(fault.Node);

    public Proxy ProxyOf(PlannedFault fault) => gateway.ProxyOf(fault.Node);

    /// <summary>Undoes whatever is not yet undone.</summary>
    public async Task HealAsync()
    {
        foreach (var role in Roles)
            gateway.ProxyOf(role).Clear();
        await Task.WhenAll(Servers.Select(server => server.StartAsync()));
    }
}
