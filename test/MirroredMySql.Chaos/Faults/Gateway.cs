using System.Data.Common;
using MirroredMySql.Chaos.Network;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Faults;

/// <summary>Both servers as clients reach them: each behind a proxy.</summary>
internal sealed class Gateway(LocalServerPair pair) : IAsyncDisposable
{
    // A server that says nothing is to be noticed while the run lasts.
    private const string Timeouts = ";Connection Timeout=3;Default Command Timeout=10";

    private readonly Proxy _toPrimary = Proxy.Before(pair.Primary.Port);
    private readonly Proxy _toStandby = Proxy.Before(pair.Standby.Port);

    /// <summary>The connection string of the primary.</summary>
    public string Primary => Through(_toPrimary, pair.Primary);

    /// <summary>The connection string of the standby.</summary>
    public string Standby => Through(_toStandby, pair.Standby);

    public Proxy ProxyOf(NodeRole role) => role == NodeRole.Primary ? _toPrimary : _toStandby;

    public LocalServer ServerOf(NodeRole role) => role == NodeRole.Primary ? pair.Primary : pair.Standby;

    /// <summary>What a data source needs to go the clients' way.</summary>
    public MirroredMySqlOptions Options() => new() { Driver = Driver.Factory, Primary = Primary, Standby = Standby };

    public async ValueTask DisposeAsync()
    {
        await _toPrimary.DisposeAsync();
        await _toStandby.DisposeAsync();
    }

    private static string Through(Proxy proxy, LocalServer server) =>
        new DbConnectionStringBuilder { ConnectionString = server.ConnectionString + Timeouts, ["Port"] = proxy.Port }.ConnectionString;
}
