using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool.Demo.Load;

/// <summary>
/// Watches one node past the mirror: how long it takes to answer a look-up by key, and what it has counted itself. It has a connection of
/// its own, and another one as administrator, so that it waits for nobody's transaction.
/// </summary>
internal sealed class NodeSampler : IAsyncDisposable
{
    private const string LookUpSql = "SELECT price FROM products WHERE id = 1";

    private const string CountersSql =
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_update', 'Com_delete', 'Com_commit', 'Com_rollback')";

    private readonly DbConnection _client;
    private readonly DbConnection _administrator;
    private readonly Queue<TimeSpan> _latest = [];
    private NodeCounters _atStart = NodeCounters.Zero;
    private NodeCounters _counters = NodeCounters.Zero;
    private TimeSpan _worst;
    private bool _isLost;

    private NodeSampler(DbConnection client, DbConnection administrator)
    {
        _client = client;
        _administrator = administrator;
    }

    public static async Task<NodeSampler> StartAsync(LocalServer server, CancellationToken cancellationToken)
    {
        var client = await DirectConnection.OpenAsync(server.ConnectionString, cancellationToken);
        var administrator = await DirectConnection.OpenAsync(server.AdministratorConnectionString, cancellationToken);
        var sampler = new NodeSampler(client, administrator);
        await client.ExecuteScalarAsync<decimal>(LookUpSql); // The first one pays for what later ones find ready.
        sampler._atStart = await sampler.CountersAsync();
        return sampler;
    }

    /// <summary>Times one look-up.</summary>
    /// <param name="keep">Of how many look-ups the mean is taken.</param>
    public Task TimeAsync(int keep) => AskAsync(async () =>
    {
        var started = Stopwatch.GetTimestamp();
        await _client.ExecuteScalarAsync<decimal>(LookUpSql);
        var elapsed = Stopwatch.GetElapsedTime(started);
        _latest.Enqueue(elapsed);
        while (_latest.Count > keep)
            _latest.Dequeue();
        _worst = elapsed > _worst ? elapsed : _worst;
    });

    /// <summary>The mean of the latest look-ups, the worst of all, and the server's counters since the start.</summary>
    public async Task<NodeFigures> FiguresAsync()
    {
        await AskAsync(async () => _counters = (await CountersAsync()).Since(_atStart));
        return new NodeFigures(_isLost || _latest.Count == 0 ? null : Mean(_latest), _worst, _counters);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _administrator.DisposeAsync();
    }

    // A node that somebody has stopped is what the mirror is for: the demo goes on, and the view shows it.
    private async Task AskAsync(Func<Task> question)
    {
        try
        {
            if (_isLost)
                await ConnectAgainAsync();
            await question();
        }
        catch (Exception exception) when (exception is DbException or IOException or SocketException)
        {
            _isLost = true;
        }
    }

    // A server counts from zero when it has been started again.
    private async Task ConnectAgainAsync()
    {
        foreach (var connection in new[] { _client, _administrator })
        {
            await connection.CloseAsync();
            await connection.OpenAsync();
        }
        _atStart = NodeCounters.Zero;
        _isLost = false;
    }

    private async Task<NodeCounters> CountersAsync()
    {
        var rows = await _administrator.QueryAsync<(string Name, string Value)>(CountersSql);
        var values = rows.ToDictionary(row => row.Name, row => long.Parse(row.Value, CultureInfo.InvariantCulture));
        return new NodeCounters(
            values["Com_insert"], values["Com_update"], values["Com_delete"], values["Com_commit"], values["Com_rollback"]);
    }

    private static TimeSpan Mean(IReadOnlyCollection<TimeSpan> times) => TimeSpan.FromTicks((long)times.Average(time => time.Ticks));
}
