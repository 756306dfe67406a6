using System.Diagnostics;
using System.Runtime.InteropServices;
using MirroredMySql.Sessions;

namespace MirroredMySql.Chaos.Clients;

/// <summary>Ends this process, as <c>kill -9</c> does, or freezes it, as <c>kill -STOP</c> does, in the middle of the commit protocol.</summary>
internal static class StepTrap
{
    private static readonly int Stop = OperatingSystem.IsMacOS() ? 17 : 19;

    public static IReadOnlyList<string> Steps { get; } =
        [ProtocolSteps.LeadRan, ProtocolSteps.FollowerRan, ProtocolSteps.Fenced, ProtocolSteps.Committing, ProtocolSteps.Committed];

    /// <summary>The process ends when the step is reached for the <paramref name="countdown"/>th time from now.</summary>
    public static void Die(string step, int countdown) => Arm(step, countdown, () => Process.GetCurrentProcess().Kill());

    /// <summary>The process says so and freezes when the step is reached; whoever asked for it has to let it go on.</summary>
    public static void Freeze(string step, int countdown, Action say) => Arm(step, countdown, () =>
    {
        say();
        if (NativeKill(Environment.ProcessId, Stop) != 0)
            throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    });

    public static void Disarm() => ProtocolSteps.Observer = null;

    private static void Arm(string step, int countdown, Action act) => ProtocolSteps.Observer = reached =>
    {
        if (reached == step && Interlocked.Decrement(ref countdown) == 0)
            act();
    };

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int NativeKill(int processId, int signal);
}
