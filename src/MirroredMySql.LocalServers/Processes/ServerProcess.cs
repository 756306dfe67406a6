using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MirroredMySql.LocalServers.Processes;

/// <summary>One run of a server binary in a <see cref="ServerFolder"/>.</summary>
internal sealed class ServerProcess : IDisposable
{
    // `exec` keeps the process id, so that the one in the file, the one .NET knows and the server's own are the same.
    // Ctrl+C in a terminal reaches every process of the group; the server is to end when its owner says so.
    private const string Launch =
        """
        trap '' HUP INT; input=$2; log=$3; echo $$ >"$1/pid" && shift 3 && exec "$@" <"$input" >>"$log" 2>&1
        """;

    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts the binary; it reads <paramref name="input"/> and appends what it says to the folder's log.</summary>
    public static ServerProcess Start(ServerFolder folder, ServerBinary binary, IEnumerable<string> arguments, string input = "/dev/null")
    {
        string[] launch = ["-c", Launch, "server", folder.Path, input, folder.Log];
        var start = new ProcessStartInfo("/bin/sh", [.. launch, binary.Path, "--no-defaults", .. arguments])
        {
            WorkingDirectory = folder.Path,
        };
        return new ServerProcess(Process.Start(start)!);
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Terminate() => Send(Signal.Terminate);

    public void Suspend()
    {
        Send(Signal.Stop);
        // The signal is delivered to one thread after the other; the caller may rely on none answering any more.
        SpinWait.SpinUntil(() => HasExited || ThreadStates().All(state => state is 'T' or 't'), TimeSpan.FromSeconds(5));
    }

    public void Resume() => Send(Signal.Continue);

    public void Dispose() => _process.Dispose();

    private void Send(Signal signal)
    {
        if (!_process.HasExited && NativeKill(_process.Id, NumberOf(signal)) != 0 && !_process.HasExited)
            throw new LocalServerException($"The signal {signal} cannot be sent to {_process.Id}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private IEnumerable<char> ThreadStates()
    {
        var tasks = $"/proc/{_process.Id}/task";
        if (!Directory.Exists(tasks))
            return [];
        try
        {
            // "pid (name) state …", and the name may hold anything.
            var statistics = Directory.EnumerateDirectories(tasks).Select(task => File.ReadAllText(task + "/stat"));
            return [.. statistics.Select(text => text[text.LastIndexOf(')') + 2])];
        }
        catch (IOException)
        {
            return [' ']; // A thread ended in between.
        }
    }

    private enum Signal
    {
        Terminate,
        Stop,
        Continue,
    }

    private static int NumberOf(Signal signal) => signal switch
    {
        Signal.Terminate => 15,
        Signal.Stop => OperatingSystem.IsMacOS() ? 17 : 19,
        _ => OperatingSystem.IsMacOS() ? 19 : 18,
    };

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int NativeKill(int processId, int signal);
}
