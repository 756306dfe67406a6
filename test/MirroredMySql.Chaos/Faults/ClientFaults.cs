using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Faults;

/// <summary>
/// A client process dies, at any moment or at a certain step, and another takes its place; or it sleeps while the world changes; or it asks
/// for another lead.
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
        new("client.suspend", 3, FaultReach.Client, 2, 12, SuspendAsync),
        new("lead.switch", 3, FaultReach.Lead, 0, 0, SwitchAsync),
    ];

    private static async Task<string?> KillAsync(Stage stage, PlannedFault fault)
    {
        var client = stage.Clients.Any(fault.Chance);
        await client.KillAsync();
        await Task.Delay(fault.Lasts);
        await stage.Clients.ReplaceAsync(client);
        return $"client {client.Number}";
    }

    private static async Task<string?> KillAtStepAsync(Stage stage, PlannedFault fault)
    {
        var client = stage.Clients.Any(fault.Chance);
        var step = DeathAtStep.Steps[fault.Chance / 16 % DeathAtStep.Steps.Count];
        var countdown = 1 + fault.Chance / 1024 % MaxCountdown;
        var details = FormattableString.Invariant($"{step} {countdown}");
        await client.AskAsync(ClientWords.Die, details, AnswerPatience);
        var hasReached = await client.WaitForExitAsync(StepPatience);
        await client.KillAsync();
        await Task.Delay(fault.Lasts);
        await stage.Clients.ReplaceAsync(client);
        return $"client {client.Number} at {step}{(hasReached ? "" : ", which it did not reach")}";
    }

    private static async Task<string?> SuspendAsync(Stage stage, PlannedFault fault)
    {
        var client = stage.Clients.Any(fault.Chance);
        await client.SuspendAsync(fault.Lasts);
        return $"client {client.Number}";
    }

    private static async Task<string?> SwitchAsync(Stage stage, PlannedFault fault) =>
        await stage.Clients.Any(fault.Chance).AskAsync(ClientWords.Switch, fault.Node.ToString(), SwitchPatience) ?? "no answer";
}
