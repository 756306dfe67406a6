using System.Net;
using System.Net.Sockets;

namespace MirroredMySql.Chaos.Network;

/// <summary>
/// One client's connection through a <see cref="Proxy"/>. Each direction closes its destination when its source has ended, and not before
/// it has delivered what it holds: what a client has sent reaches the server even if the client is gone by then.
/// </summary>
internal sealed class ProxyConnection(Proxy proxy, Socket client) : IDisposable
{
    private const int PieceLength = 16 * 1024;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private volatile bool _hasLostBytes;

    /// <summary>Whether something was not delivered, so that both ends can never understand each other again.</summary>
    public bool HasLostBytes => _hasLostBytes;

    /// <summary>Carries bytes until both ends are closed.</summary>
    public async Task RunAsync(int serverPort)
    {
        try
        {
            client.NoDelay = _server.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, serverPort);
            await Task.WhenAll(
                CarryAsync(client, _server, weather => weather.ToServer),
                CarryAsync(_server, client, weather => weather.ToClient));
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The server is not there.
        }
    }

    public void Dispose() => Cut();

    public void Cut()
    {
        CutClient();
        Reset(_server);
    }

    public void CutClient() => Reset(client);

    private async Task CarryAsync(Socket from, Socket to, Func<Weather, Flow> flow)
    {
        var piece = new byte[PieceLength];
        try
        {
            while (await from.ReceiveAsync(piece) is > 0 and var length)
            {
                using var stray = from == client ? proxy.TakeStray(piece.AsSpan(0, length)) : null;
                if (stray is not null)
                {
                    CutClient();
                    await Task.Delay(stray.Delay);
                }
                if (flow(proxy.Weather).Delay is { Ticks: > 0 } delay)
                    await Task.Delay(delay);
                if (flow(proxy.Weather).Swallows)
                    Lose(flow);
                else
                    await SendAsync(to, piece.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // One end is gone, which the other learns now.
        }
        finally
        {
            to.Dispose();
        }
    }

    // The proxy first clears up and then looks for connections that have lost bytes; this looks the other way round, so that one sees it.
    private void Lose(Func<Weather, Flow> flow)
    {
        _hasLostBytes = true;
        Interlocked.MemoryBarrier();
        if (!flow(proxy.Weather).Swallows)
            Cut();
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await to.SendAsync(bytes)..];
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // It is closed already.
        }
        socket.Dispose();
    }

    private static bool IsEnd(Exception exception) => exception is SocketException or ObjectDisposedException;
}
