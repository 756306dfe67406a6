using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MirroredMySql.LocalServers;

/// <summary>Picks ports on 127.0.0.1.</summary>
internal static class LocalPort
{
    // Below the range that operating systems give to outgoing connections (Linux: from 32768): such a connection could otherwise
    // take the port of a server that is down for a moment, and the server could not come back.
    private const int First = 12000;
    private const int Last = 32000;

    private static readonly HashSet<int> Given = [];

    /// <summary>A port that nobody listens on, and that is given out once only by this process.</summary>
    public static int Reserve()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(First, Last);
            if (!IsFree(port))
                continue;
            lock (Given)
            {
                if (Given.Add(port))
                    return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
