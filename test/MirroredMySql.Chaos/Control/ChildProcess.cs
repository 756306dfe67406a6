using System.Diagnostics;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Control;

/// <summary>
/// A process of this program that runs one of its hidden commands, and with which it talks in lines. It ends when its standard input does.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    // Without it both drivers take an @x in a text for a parameter that is missing.
    private const string UserVariables = ";AllowUserVariables=True";

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <param name="arguments">The command and its options.</param>
    /// <param name="primary">The primary's connection string; passwords are not for the process list.</param>
    /// <param name="standby">The standby's.</param>
    public static ChildProcess Start(IEnumerable<string> arguments, string primary, string standby)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[WorkCommand.PrimaryVariable] = primary + UserVariables;
        start.Environment[WorkCommand.StandbyVariable] = standby + UserVariables;
        return new ChildProcess(Process.Start(start)!);
    }

    /// <returns>The next line; <see langword="null"/> when it has ended.</returns>
    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();

    /// <returns>Whether it was there to be told.</returns>
    public async Task<bool> TellAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
            return true;
        }
        catch (IOException)
        {
            return false; // It has just been killed, or has killed itself.
        }
    }

    /// <summary>Says that nothing more will be said, which it takes as its end.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    public Task WaitForExitAsync() => _process.WaitForExitAsync();

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public Task KillAsync()
    {
        if (!HasExited)
            _process.Kill();
        return WaitForExitAsync();
    }

    public void Dispose() => _process.Dispose();
}
