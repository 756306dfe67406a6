namespace MirroredMySql.Chaos.Faults;

/// <summary>A node comes back, and while it is given what it has missed, somebody who takes part in that dies.</summary>
internal static class CatchUpFaults
{
    private static readonly TimeSpan LossPatience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan ReturnPatience = TimeSpan.FromSeconds(20);

    // Of the time that a catch-up takes on a small machine.
    private const int MaxDelayMilliseconds = 400;

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("catch_up.kill_returned", 1, FaultReach.Everything, 1, 4, (stage, fault) => RunAsync(stage, fault, (returned, _) => KillNodeAsync(stage, returned))),
        new("catch_up.kill_lead", 1, FaultReach.Everything, 1, 4, (stage, fault) => RunAsync(stage, fault, (returned, _) => KillNodeAsync(stage, Stage.Other(returned)))),
        new("catch_up.kill_client", 1, FaultReach.Everything, 1, 4, (stage, fault) => RunAsync(stage, fault, (_, client) => KillClientAsync(stage, client))),
    ];

    private static async Task<FaultReport> RunAsync(Stage stage, PlannedFault fault, Func<NodeRole, int, Task<FaultReport>> fail)
    {
        if (!await stage.Clients.WaitUntilAsync(view => view.IsMirrored, ReturnPatience))
            return FaultReport.NotInStep;
        stage.ServerOf(fault).Kill();
        await stage.Clients.WaitUntilAsync(view => view.IsAlone, LossPatience);
        await Task.Delay(fault.Lasts); // For something to catch up with.
        await stage.ServerOf(fault).StartAsync();
        // Who replays is the first to know.
        if (!await stage.Clients.WaitUntilAnyAsync(IsCatchingUp, ReturnPatience))
            return new(HasHappened: false, "no catch-up was seen");
        var client = stage.Clients.Views.OfType<ModeSighting>().FirstOrDefault(IsCatchingUp)?.Client ?? 0;
        await Task.Delay(fault.Chance % MaxDelayMilliseconds);
        var report = await fail(fault.Node, client);
        await stage.ReviveAsync();
        return report with { Note = $"the {fault.Node} came back; {report.Note}" };
    }

    private static bool IsCatchingUp(ModeSighting view) => view is { Mode: nameof(MirrorMode.CatchingUp) };

    private static Task<FaultReport> KillNodeAsync(Stage stage, NodeRole node)
    {
        stage.ServerOf(node).Kill();
        return Task.FromResult(new FaultReport(HasHappened: true, $"the {node} died"));
    }

    private static async Task<FaultReport> KillClientAsync(Stage stage, int number)
    {
        if (stage.Clients.TryBorrowNumber(number) is not { } client)
            return new(HasHappened: false, FormattableString.Invariant($"client {number} was not free"));
        await client.KillAsync();
        await stage.Clients.ReplaceAsync(client);
        return new(HasHappened: true, FormattableString.Invariant($"client {client.Number} died"));
    }
}
