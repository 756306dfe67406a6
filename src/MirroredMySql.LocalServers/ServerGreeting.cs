using System.Net.Sockets;
using System.Text;

namespace MirroredMySql.LocalServers;

/// <summary>The first packet of the protocol, which a server sends unasked once it serves clients.</summary>
/// <remarks>
/// See https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
/// </remarks>
/// <param name="Version">The version text of the server, such as <c>10.11.19-MariaDB</c>.</param>
internal sealed record ServerGreeting(string Version)
{
    private const int HeaderLength = 4;
    private const byte ProtocolVersion = 10;

    public ServerFlavor Flavor =>
        Version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) ? ServerFlavor.MariaDb : ServerFlavor.MySql;

    /// <summary>Connects once.</summary>
    /// <returns><see langword="null"/> when nothing listens there, nothing answers in time, or the answer is an error packet.</returns>
    public static async Task<ServerGreeting?> ReadAsync(string host, int port, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, timeout.Token).ConfigureAwait(false);
            var packet = new byte[256];
            var stream = client.GetStream();
            var length = await stream.ReadAtLeastAsync(packet, HeaderLength + 2, throwOnEndOfStream: false, timeout.Token)
                .ConfigureAwait(false);
            return Parse(packet.AsSpan(0, length));
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static ServerGreeting? Parse(ReadOnlySpan<byte> packet)
    {
        if (packet.Length <= HeaderLength || packet[HeaderLength] != ProtocolVersion)
            return null; // 0xFF here is an error, such as "Too many connections".
        var version = packet[(HeaderLength + 1)..];
        var end = version.IndexOf((byte)0);
        return new ServerGreeting(Encoding.ASCII.GetString(end < 0 ? version : version[..end]));
    }
}
