using System.Data.Common;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Network;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Faults;

/// <summary>Both servers as clients reach them: each behind a proxy.</summary>
/// <param name="pair">The servers.</param>
/// <param name="hasOwnRoutes">Whether each client has proxies of its own before those that all share.</param>
internal sealed class Gateway(LocalServerPair pair, bool hasOwnRoutes) : IAsyncDisposable
{
    // A server that says nothing is to be noticed while the run lasts.
    private const string Timeouts = ";Connection Timeout=3;Default Command Timeout=10";

    private readonly Proxy _toPrimary = Proxy.Before(pair.Primary.Port);
    private readonly Proxy _toStandby = Proxy.Before(pair.Standby.Port);

    public Proxy ProxyOf(NodeRole role) => role == NodeRole.Primary ? _toPrimary : _toStandby;

    public LocalServer ServerOf(NodeRole role) => role == NodeRole.Primary ? pair.Primary : pair.Standby;

    /// <summary>What a data source needs to go the clients' way.</summary>
    public MirroredMySqlOptions Options() => ClientOptions.Create(Through(_toPrimary, pair.Primary), Through(_toStandby, pair.Standby));

    /// <summary>The way of another client.</summary>
    public Route Open()
    {
        if (!hasOwnRoutes)
            return new Route(Through(_toPrimary, pair.Primary), Through(_toStandby, pair.Standby), []);
        var (own, other) = (Proxy.Before(_toPrimary.Port), Proxy.Before(_toStandby.Port));
        return new Route(Through(own, pair.Primary), Through(other, pair.Standby), [own, other]);
    }

    public async ValueTask DisposeAsync()
    {
        await _toPrimary.DisposeAsync();
        await _toStandby.DisposeAsync();
    }

    private static string Through(Proxy proxy, LocalServer server) =>
        new DbConnectionStringBuilder { ConnectionString = server.ConnectionString + Timeouts, ["Port"] = proxy.Port }.ConnectionString;
}

/// <summary>One client's way to both nodes.</summary>
/// <param name="Primary">The connection string of the primary.</param>
/// <param name="Standby">The connection string of the standby.</param>
/// <param name="Own">The client's own proxies, that to the primary first; none where it shares the others'.</param>
internal sealed record Route(string Primary, string Standby, IReadOnlyList<Proxy> Own) : IAsyncDisposable
{
    public Proxy ProxyOf(NodeRole role) => Own[role == NodeRole.Primary ? 0 : 1];

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in Own)
            await proxy.DisposeAsync();
    }
}
