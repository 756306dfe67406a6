namespace MirroredMySql.Chaos.Faults;

/// <summary>
/// Faults that only mean something together, in this order: a client sleeps while the world changes, or both nodes die one after the other.
/// All begin while both nodes are in step; the seed decides upon the details.
/// </summary>
internal static class StoryFaults
{
    // Longer than a lease, after which a node may go on alone although somebody sleeps.
    private static readonly TimeSpan LossPatience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan ReturnPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("story.stale_node", 3, FaultReach.Everything, 0.2, 4, StaleNodeAsync),
        new("story.stale_client", 3, FaultReach.Everything, 0.2, 4, StaleClientAsync),
        new("story.stale_lead", 2, FaultReach.Everything, 0.2, 4, StaleLeadAsync),
        new("story.in_turn", 2, FaultReach.Everything, 0.2, 4, InTurnAsync),
    ];

    /// <summary>
    /// The sleeper still takes a node for the newest that the others have gone on without. It wakes while that node is all it can reach, and
    /// must not go on there.
    /// </summary>
    private static Task<FaultReport> StaleNodeAsync(Stage stage, PlannedFault fault) => WithSleeperAsync(stage, fault, async wake =>
    {
        var lead = stage.Clients.Lead;
        var behind = stage.ServerOf(Stage.Other(lead));
        behind.Kill();
        var isNoticed = await stage.Clients.WaitUntilAsync(view => view.IsAlone, LossPatience);
        await Task.Delay(fault.Lasts);
        if (IsEven(fault, 1))
        {
            stage.ServerOf(lead).Kill();
            await behind.StartAsync();
        }
        else
        {
            await behind.StartAsync();
            stage.ServerOf(lead).Kill();
        }
        await wake();
        await Task.Delay(fault.Lasts);
        await stage.ReviveAsync();
        return $"the {Stage.Other(lead)} was left behind{(isNoticed ? "" : ", which nobody noticed in time")}";
    });

    /// <summary>The sleeper holds an old epoch while its node, which it can still reach, has got a new one, with or without the other node.</summary>
    private static Task<FaultReport> StaleClientAsync(Stage stage, PlannedFault fault) => WithSleeperAsync(stage, fault, async wake =>
    {
        var lead = stage.Clients.Lead;
        stage.ServerOf(Stage.Other(lead)).Kill();
        var isNoticed = await stage.Clients.WaitUntilAsync(view => view.IsAlone, LossPatience);
        await Task.Delay(fault.Lasts);
        await stage.ServerOf(Stage.Other(lead)).StartAsync();
        var isBack = IsEven(fault, 1)
            ? await stage.Clients.WaitUntilAnyAsync(view => view is { Mode: nameof(MirrorMode.CatchingUp) }, ReturnPatience)
            : await stage.Clients.WaitUntilAsync(view => view.IsMirrored, ReturnPatience);
        await wake();
        return $"{(isNoticed ? "others went on" : "nobody went on")}, the {Stage.Other(lead)} {(isBack ? "came back" : "did not come back")} meanwhile";
    });

    /// <summary>The sleeper still follows a lead that has died and come back as the follower.</summary>
    private static Task<FaultReport> StaleLeadAsync(Stage stage, PlannedFault fault) => WithSleeperAsync(stage, fault, async wake =>
    {
        var lead = stage.Clients.Lead;
        stage.ServerOf(lead).Kill();
        var isTaken = await stage.Clients.WaitUntilAsync(view => view.Lead != lead, LossPatience);
        await Task.Delay(fault.Lasts);
        await stage.ServerOf(lead).StartAsync();
        if (IsEven(fault, 1))
            await stage.Clients.WaitUntilAsync(view => view.IsMirrored, ReturnPatience);
        await wake();
        return $"the {lead} led{(isTaken ? "" : ", and nobody took over in time")}";
    });

    /// <summary>The second node dies at the moment at which the first one has come back.</summary>
    private static async Task<FaultReport> InTurnAsync(Stage stage, PlannedFault fault)
    {
        if (!await stage.Clients.WaitUntilAsync(view => view.IsMirrored, ReturnPatience))
            return FaultReport.NotInStep;
        var first = fault.Node;
        stage.ServerOf(first).Kill();
        await stage.Clients.WaitUntilAsync(view => view.IsAlone, LossPatience);
        await Task.Delay(fault.Lasts);
        await stage.ServerOf(first).StartAsync();
        var isBack = await stage.Clients.WaitUntilAnyAsync(view => view.IsMirrored, ReturnPatience);
        stage.ServerOf(Stage.Other(first)).Kill();
        await Task.Delay(fault.Lasts);
        await stage.ReviveAsync();
        return new(HasHappened: true, $"the {first} first{(isBack ? "" : ", which did not come back in time")}");
    }

    // At any moment, or at a step of the commit protocol.
    private static async Task<FaultReport> WithSleeperAsync(Stage stage, PlannedFault fault, Func<Func<Task>, Task<string>> story)
    {
        if (!await stage.Clients.WaitUntilAsync(view => view.IsMirrored, ReturnPatience))
            return FaultReport.NotInStep;
        if (stage.Clients.TryBorrow(fault.Chance) is not { } client)
            return FaultReport.NoneFree;
        var (step, countdown) = ClientFaults.StepOf(fault.Chance);
        var atStep = IsEven(fault, 0) ? null : await client.FreezeAtAsync(step, countdown, StepPatience);
        var frost = atStep ?? await client.FreezeAsync();
        var isAwake = false;
        try
        {
            var note = await story(WakeAsync);
            return new(HasHappened: true, $"client {client.Number} slept{(atStep is null ? "" : $" at {step}")}, {note}");
        }
        finally
        {
            await WakeAsync();
            stage.Clients.Return(client);
        }

        async Task WakeAsync()
        {
            if (!isAwake)
                await frost.DisposeAsync();
            isAwake = true;
        }
    }

    // Bits that no other choice of the same fault uses.
    private static bool IsEven(PlannedFault fault, int bit) => (fault.Chance >> (24 + bit)) % 2 == 0;
}
