using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Faults;

/// <summary>
/// A client process dies or freezes, at any moment or at a certain step, and another takes its place or it goes on; or it asks for another
/// lead.
/// </summary>
internal static class ClientFaults
{
    private const int MaxCountdown = 40;

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SwitchPatience = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("client.kill", 4, FaultReach.Client, 0, 3, KillAsync),
        new("client.kill_at_step", 6, FaultReach.Client, 0, 3, KillAtStepAsync),
        new("client.suspend", 2, FaultReach.Client, 2, 12, SuspendAsync),
        new("client.suspend_at_step", 3, FaultReach.Client, 1, 10, SuspendAtStepAsync),
        new("lead.switch", 3, FaultReach.Lead, 0, 0, SwitchAsync),
    ];

    /// <summary>A step of the commit protocol, drawn by chance, and how often it has to come.</summary>
    public static (string Step, int Countdown) StepOf(int chance) =>
        (StepTrap.Steps[chance / 16 % StepTrap.Steps.Count], 1 + chance / 1024 % MaxCountdown);

    private static async Task<FaultReport> KillAsync(Stage stage, PlannedFault fault)
    {
        if (stage.Clients.TryBorrow(fault.Chance) is not { } client)
            return FaultReport.NoneFree;
        await client.KillAsync();
        await Task.Delay(fault.Lasts);
        await stage.Clients.ReplaceAsync(client);
        return new(HasHappened: true, $"client {client.Number}");
    }

    private static async Task<FaultReport> KillAtStepAsync(Stage stage, PlannedFault fault)
    {
        if (stage.Clients.TryBorrow(fault.Chance) is not { } client)
            return FaultReport.NoneFree;
        var (step, countdown) = StepOf(fault.Chance);
        await client.AskAsync(ClientWords.Die, FormattableString.Invariant($"{step} {countdown}"), AnswerPatience);
        var hasReached = await client.WaitForExitAsync(StepPatience);
        await client.KillAsync();
        await Task.Delay(fault.Lasts);
        await stage.Clients.ReplaceAsync(client);
        return AtStep(client, step, hasReached);
    }

    private static async Task<FaultReport> SuspendAsync(Stage stage, PlannedFault fault)
    {
        if (stage.Clients.TryBorrow(fault.Chance) is not { } client)
            return FaultReport.NoneFree;
        await using (await client.FreezeAsync())
            await Task.Delay(fault.Lasts);
        stage.Clients.Return(client);
        return new(HasHappened: true, $"client {client.Number}");
    }

    private static async Task<FaultReport> SuspendAtStepAsync(Stage stage, PlannedFault fault)
    {
        if (stage.Clients.TryBorrow(fault.Chance) is not { } client)
            return FaultReport.NoneFree;
        var (step, countdown) = StepOf(fault.Chance);
        var frost = await client.FreezeAtAsync(step, countdown, StepPatience);
        if (frost is not null)
        {
            await using (frost)
                await Task.Delay(fault.Lasts);
        }
        stage.Clients.Return(client);
        return AtStep(client, step, hasReached: frost is not null);
    }

    private static async Task<FaultReport> SwitchAsync(Stage stage, PlannedFault fault)
    {
        if (stage.Clients.TryBorrow(fault.Chance) is not { } client)
            return FaultReport.NoneFree;
        var answer = await client.AskAsync(ClientWords.Switch, fault.Node.ToString(), SwitchPatience);
        stage.Clients.Return(client);
        return new(answer == ClientWords.Switched, answer ?? "no answer");
    }

    private static FaultReport AtStep(Client client, string step, bool hasReached) =>
        new(hasReached, $"client {client.Number} at {step}{(hasReached ? "" : ", which it did not reach")}");
}
