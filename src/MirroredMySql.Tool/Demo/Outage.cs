using System.Diagnostics;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool.Demo;

/// <summary>The death of a node in the middle of the load, and its way back.</summary>
internal sealed class Outage(LocalServer server, NodeRole role, MirroredDbDataSource mirror, Func<string, Task> say)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private string Name => role == NodeRole.Primary ? "primary" : "standby";

    /// <summary>Kills the node after a quarter of the time, and starts it again after three.</summary>
    public async Task RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        await Task.Delay(duration / 4, cancellationToken);
        server.Kill();
        await say($"the {Name} is killed");
        await Task.Delay(duration / 2, cancellationToken);
        await server.StartAsync(cancellationToken);
        await say($"the {Name} is started again");
    }

    /// <summary>Waits until both nodes are in step again; what has become of it the mirror's status says.</summary>
    public async Task AwaitReturnAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (mirror.Status.Mode != MirrorMode.Mirrored && Stopwatch.GetElapsedTime(start) < Patience)
            await Task.Delay(Look, cancellationToken);
        var status = mirror.Status;
        await say($"the mirror is {status.Mode}, the {status.Lead} leads");
    }
}
