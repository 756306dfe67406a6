using System.Diagnostics;
using MirroredMySql.Sessions;

namespace MirroredMySql.Chaos.Clients;

/// <summary>Ends this process, as <c>kill -9</c> does, in the middle of the commit protocol.</summary>
internal static class DeathAtStep
{
    public static IReadOnlyList<string> Steps { get; } =
        [ProtocolSteps.LeadRan, ProtocolSteps.FollowerRan, ProtocolSteps.Fenced, ProtocolSteps.Committing, ProtocolSteps.Committed];

    /// <summary>The process ends when the step is reached for the <paramref name="countdown"/>th time from now.</summary>
    public static void Arm(string step, int countdown) => ProtocolSteps.Observer = reached =>
    {
        if (reached == step && Interlocked.Decrement(ref countdown) == 0)
            Process.GetCurrentProcess().Kill();
    };
}
