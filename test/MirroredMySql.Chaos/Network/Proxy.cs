using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MirroredMySql.Chaos.Network;

/// <summary>Stands between all clients and one server, on a port of its own, and can behave as bad networks do.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    // Below the range that operating systems give to outgoing connections: one of those could take the port while nobody listens on it.
    private const int FirstPort = 12_000;
    private const int LastPort = 32_000;

    private readonly int _serverPort;
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = [];
    private volatile Weather _weather = Weather.Fair;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile bool _willReset;
    private Stray? _stray;

    private Proxy(int serverPort, Socket listener)
    {
        _serverPort = serverPort;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        Accept(listener);
    }

    /// <summary>Where clients connect to.</summary>
    public int Port { get; }

    /// <summary>How many clients are connected.</summary>
    public int Connections => _connections.Count;

    public Weather Weather
    {
        get => _weather;
        set => _weather = value;
    }

    public static Proxy Before(int serverPort)
    {
        while (true)
        {
            try
            {
                return new Proxy(serverPort, Listen(Random.Shared.Next(FirstPort, LastPort)));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody else's; there are more.
            }
        }
    }

    /// <summary>Resets all connections, on both sides.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Cut();
    }

    /// <summary>Resets all connections on the clients' side. What these have sent still reaches the server.</summary>
    public void CutClients()
    {
        foreach (var connection in _connections.Keys)
            connection.CutClient();
    }

    /// <summary>Resets the next client that connects, before the server hears of it.</summary>
    public void ResetNext() => _willReset = true;

    /// <summary>Whether that client has not come yet.</summary>
    public bool WillReset => _willReset;

    /// <summary>Resets the next client that sends a text. What it has sent reaches the server some time later.</summary>
    /// <returns>Completes when it has.</returns>
    public Task StrayAsync(string text, TimeSpan delay)
    {
        var stray = new Stray(Encoding.ASCII.GetBytes(text), delay);
        _stray = stray;
        return stray.Arrival;
    }

    /// <summary>Whether these bytes are what shall stray.</summary>
    internal Stray? TakeStray(ReadOnlySpan<byte> bytes) =>
        _stray is { } stray && bytes.IndexOf(stray.Text) >= 0 && Interlocked.CompareExchange(ref _stray, null, stray) == stray ? stray : null;

    /// <summary>Lets nobody in until <see cref="Clear"/>.</summary>
    public async Task RefuseAsync()
    {
        _listener?.Dispose();
        _listener = null;
        await _accepting;
    }

    /// <summary>Is an honest proxy again. Connections that have lost bytes cannot go on and are reset.</summary>
    public void Clear()
    {
        Weather = Weather.Fair;
        foreach (var connection in _connections.Keys.Where(connection => connection.HasLostBytes))
            connection.Cut();
        if (_listener is null)
            Accept(Listen(Port));
    }

    public async ValueTask DisposeAsync()
    {
        await RefuseAsync();
        Weather = Weather.Fair;
        Cut();
        await Task.WhenAll(_connections.Values);
    }

    private static Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen();
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private void Accept(Socket listener)
    {
        _listener = listener;
        _accepting = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
            if (_willReset)
            {
                _willReset = false;
                client.Close(timeout: 0);
                continue;
            }
            _ = ServeAsync(new ProxyConnection(this, client));
        }
    }

    private async Task ServeAsync(ProxyConnection connection)
    {
        var ended = new TaskCompletionSource();
        _connections[connection] = ended.Task;
        try
        {
            using (connection)
                await connection.RunAsync(_serverPort);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            ended.SetResult();
        }
    }
}
