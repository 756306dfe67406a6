using System.Data.Common;
using MirroredMySql.Chaos.Network;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>One process's own way to both nodes, of which either can be closed to it alone.</summary>
internal sealed class Outlook : IAsyncDisposable
{
    private readonly Proxy _toPrimary;
    private readonly Proxy _toStandby;

    public Outlook(LocalServerPair pair, MirroredMySqlOptions options, RecordingLoggerFactory logs, bool isPooled = true)
    {
        (_toPrimary, _toStandby) = (Proxy.Before(pair.Primary.Port), Proxy.Before(pair.Standby.Port));
        options.Driver = Driver.Factory;
        (options.Primary, options.Standby) = (Through(_toPrimary, pair.Primary, isPooled), Through(_toStandby, pair.Standby, isPooled));
        options.ReconnectInterval = TimeSpan.FromMilliseconds(200);
        Source = new MirroredDbDataSource(options, logs);
    }

    public MirroredDbDataSource Source { get; }

    /// <summary>It cannot reach a node any more.</summary>
    public async Task LoseAsync(NodeRole role)
    {
        await ProxyTo(role).RefuseAsync();
        ProxyTo(role).Cut();
    }

    /// <summary>How many connections it has to a node, or is about to open.</summary>
    public int ConnectionsTo(NodeRole role) => ProxyTo(role).Connections;

    /// <summary>The next connection that it opens to a node is reset.</summary>
    public void ResetNext(NodeRole role) => ProxyTo(role).ResetNext();

    public bool HasReset(NodeRole role) => !ProxyTo(role).WillReset;

    /// <summary>The next text like this that it sends to a node is on its way for a while, and its connection is reset.</summary>
    /// <returns>Completes when it has arrived.</returns>
    public Task StrayAsync(NodeRole role, string text, TimeSpan delay) => ProxyTo(role).StrayAsync(text, delay);

    public void Find(NodeRole role) => ProxyTo(role).Clear();

    /// <summary>It can tell a node everything and hears nothing, until it finds the node again.</summary>
    public void Deafen(NodeRole role) => ProxyTo(role).Weather = Weather.Fair with { ToClient = new Flow(Swallows: true) };

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _toPrimary.DisposeAsync();
        await _toStandby.DisposeAsync();
    }

    private Proxy ProxyTo(NodeRole role) => role == NodeRole.Primary ? _toPrimary : _toStandby;

    private static string Through(Proxy proxy, LocalServer server, bool isPooled) =>
        new DbConnectionStringBuilder { ConnectionString = server.ConnectionString, ["Port"] = proxy.Port, ["Pooling"] = isPooled }.ConnectionString;
}
