using System.Security.Cryptography;

namespace MirroredMySql.LocalServers.Processes;

/// <summary>
/// The private folder of one server: data, log, temporary files and the process id. When it is disposed of, or when this process dies,
/// the server in it is killed and the folder removed.
/// </summary>
internal sealed class ServerFolder : IAsyncDisposable
{
    // Renaming the folder first makes this free of races: a server that is just about to start either has written its process id, and
    // is killed, or fails to write it, and does not start. The command line tells the server from a later process with the same id.
    // A dying server may still create a file, so the removal is repeated until the folder is gone.
    private const string KillAndRemove =
        """
        mv "$1" "$1.gone"
        pid=$(cat "$1.gone/pid") && { cat "/proc/$pid/cmdline" || ps -o command= -p "$pid"; } | grep -qF "$1/" && kill -KILL "$pid"
        tries=0
        until rm -rf "$1.gone" || [ $tries -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done
        """;

    private readonly OwnerGuard _guard;

    private ServerFolder(string path, OwnerGuard guard)
    {
        Path = path;
        _guard = guard;
    }

    public string Path { get; }

    public string Data => System.IO.Path.Combine(Path, "data");

    public string Log => System.IO.Path.Combine(Path, "server.log");

    public string InitFile => System.IO.Path.Combine(Path, "init.sql");

    private string Temporary => System.IO.Path.Combine(Path, "tmp");

    public static async Task<ServerFolder> CreateAsync(CancellationToken cancellationToken)
    {
        var name = "mirrored-mysql-" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        var path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), name);
        var guard = await OwnerGuard.StartAsync("mkdir -m 700 \"$1\"", KillAndRemove, [path], cancellationToken).ConfigureAwait(false);
        var folder = new ServerFolder(path, guard);
        Directory.CreateDirectory(folder.Temporary);
        return folder;
    }

    /// <summary>The arguments that keep a server within this folder.</summary>
    public IEnumerable<string> Arguments(ServerFlavor flavor)
    {
        yield return $"--datadir={Data}";
        yield return $"--tmpdir={Temporary}";
        yield return $"--pid-file={System.IO.Path.Combine(Path, "server.pid")}";
        // A relative name is one within the data folder: unreachable for others, and never too long for a socket address.
        yield return "--socket=server.sock";
        if (flavor == ServerFlavor.MySql)
            yield return "--secure-file-priv=NULL"; // The built-in default is a folder that need not exist.
        if (Environment.IsPrivilegedProcess)
            yield return "--user=root"; // Servers refuse to run as root unless told so.
    }

    public ValueTask DisposeAsync() => _guard.DisposeAsync();
}
