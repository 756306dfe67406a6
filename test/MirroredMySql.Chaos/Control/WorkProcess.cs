using System.Diagnostics;
using System.Text.Json;
using MirroredMySql.Chaos.Work;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Control;

/// <summary>One of the writing processes, seen from the controller. It ends when its standard input does.</summary>
internal sealed class WorkProcess : IAsyncDisposable
{
    // Without it both drivers take an @x in a text for a parameter that is missing.
    private const string UserVariables = ";AllowUserVariables=True";

    private readonly Process _process;

    private WorkProcess(Process process) => _process = process;

    /// <summary>Starts a process and returns when it has reached both nodes.</summary>
    public static async Task<WorkProcess> StartAsync(
        ChaosSettings settings, int number, LocalServerPair pair, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, [typeof(WorkProcess).Assembly.Location, .. WorkCommand.Arguments(settings, number)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[WorkCommand.PrimaryVariable] = pair.Primary.ConnectionString + UserVariables;
        start.Environment[WorkCommand.StandbyVariable] = pair.Standby.ConnectionString + UserVariables;
        var process = new WorkProcess(Process.Start(start)!);
        try
        {
            if (await process.ReadLineAsync(cancellationToken) != WorkRun.Ready)
                throw new ChaosException($"Process {number} did not start; its errors are above.");
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets the workers loose and waits for the report.</summary>
    public async Task<WorkReport> RunAsync(CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(WorkRun.Go.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await ReadLineAsync(cancellationToken)
            ?? throw new ChaosException("A process ended without a report; its errors are above.");
        return JsonSerializer.Deserialize<WorkReport>(line)!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();
}
