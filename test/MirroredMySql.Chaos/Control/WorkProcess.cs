using System.Text.Json;
using MirroredMySql.Chaos.Work;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Control;

/// <summary>One of the writing processes, seen from the controller.</summary>
internal sealed class WorkProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private WorkProcess(ChildProcess process) => _process = process;

    /// <summary>Starts a process and returns when it has reached both nodes.</summary>
    public static async Task<WorkProcess> StartAsync(
        ChaosSettings settings, int number, LocalServerPair pair, CancellationToken cancellationToken)
    {
        var child = ChildProcess.Start(WorkCommand.Arguments(settings, number), pair.Primary.ConnectionString, pair.Standby.ConnectionString);
        var process = new WorkProcess(child);
        try
        {
            if (await child.ReadLineAsync(cancellationToken) != WorkRun.Ready)
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
        await _process.TellAsync(WorkRun.Go);
        var line = await _process.ReadLineAsync(cancellationToken)
            ?? throw new ChaosException("A process ended without a report; its errors are above.");
        return JsonSerializer.Deserialize<WorkReport>(line)!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.CloseInput();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
