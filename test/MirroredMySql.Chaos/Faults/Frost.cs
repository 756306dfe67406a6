using System.Diagnostics;
using System.Globalization;

namespace MirroredMySql.Chaos.Faults;

/// <summary>
/// Keeps a process frozen, or lets one go on that freezes itself, until it is disposed of. The work is a shell's, because the end of its
/// input may also be the controller's death: a frozen client would not see that.
/// </summary>
internal sealed class Frost : IAsyncDisposable
{
    private const string Guard = "trap '' HUP INT TERM; $1; echo; cat; kill -CONT $0";

    private readonly Process _shell;

    private Frost(Process shell) => _shell = shell;

    /// <summary>Freezes a process: it holds what it holds, and learns nothing. When this returns, it is frozen.</summary>
    public static Task<Frost> OfAsync(int processId) => StartAsync(processId, "kill -STOP $0");

    /// <summary>Freezes nothing itself.</summary>
    public static Task<Frost> ToComeAsync(int processId) => StartAsync(processId, "true");

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private static async Task<Frost> StartAsync(int processId, string first)
    {
        string[] arguments = ["-c", Guard.Replace("$1", first, StringComparison.Ordinal), processId.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var shell = Process.Start(start)!;
        await shell.StandardOutput.ReadLineAsync();
        return new Frost(shell);
    }
}
