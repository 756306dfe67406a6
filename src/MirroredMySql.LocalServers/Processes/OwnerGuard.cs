using System.Diagnostics;

namespace MirroredMySql.LocalServers.Processes;

/// <summary>
/// A shell that clears up after this process, however this process ends. Its standard input is a pipe whose other end only this process
/// holds: the kernel closes it on <see cref="DisposeAsync"/>, on a normal exit and on <c>kill -9</c> alike.
/// </summary>
/// <remarks><c>PR_SET_PDEATHSIG</c> would be shorter, but it fires when the *thread* that started the child ends.</remarks>
internal sealed class OwnerGuard : IAsyncDisposable
{
    private readonly Process _shell;
    private Task? _clearedUp;

    private OwnerGuard(Process shell) => _shell = shell;

    /// <summary>
    /// Runs the shell command <paramref name="prepare"/>, which must succeed, at once, and the commands <paramref name="clearUp"/> when
    /// this process is gone or disposes of the guard. Both see the <paramref name="arguments"/> as <c>$1</c>, <c>$2</c> …
    /// </summary>
    public static async Task<OwnerGuard> StartAsync(
        string prepare, string clearUp, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        // Signals that a terminal sends to the whole process group must not end the guard before its work is done.
        var script = $"trap '' HUP INT QUIT TERM; exec 2>/dev/null; {prepare} || exit 1; echo ready; exec >/dev/null; cat; {clearUp}";
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "guard", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        var guard = new OwnerGuard(Process.Start(start)!);
        try
        {
            if (await guard._shell.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) != "ready")
                throw new LocalServerException($"The guard of a local server failed at: {prepare} ({string.Join(' ', arguments)})");
        }
        catch
        {
            await guard.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return guard;
    }

    /// <summary>Has the guard do its work, and returns when it is done.</summary>
    public ValueTask DisposeAsync() => new(_clearedUp ??= ClearUpAsync());

    private async Task ClearUpAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync().ConfigureAwait(false);
        _shell.Dispose();
    }
}
