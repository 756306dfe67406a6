using System.Diagnostics;
using System.Reflection;

namespace MirroredMySql.Chaos.Clients;

/// <summary>Ends this process, as <c>kill -9</c> does, in the middle of the commit protocol.</summary>
internal static class DeathAtStep
{
    /// <summary>The steps of the commit protocol, by the names that the library calls its observer with.</summary>
    public static IReadOnlyList<string> Steps { get; } =
        ["lead-ran", "follower-ran", "fenced", "committing", "committed-on-lead", "committed"];

    /// <summary>The process ends when the step is reached for the <paramref name="countdown"/>th time from now.</summary>
    /// <returns>False when the library has no steps to observe.</returns>
    public static bool TryArm(string step, int countdown) => TryObserve(reached =>
    {
        if (reached == step && Interlocked.Decrement(ref countdown) == 0)
            Process.GetCurrentProcess().Kill();
    });

    private static bool TryObserve(Action<string> observer)
    {
        const BindingFlags any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var type = typeof(MirroredDbDataSource).Assembly.GetType("MirroredMySql.Sessions.ProtocolSteps");
        if (type?.GetProperty("Observer", any) is { } property)
            property.SetValue(null, observer);
        else if (type?.GetField("Observer", any) is { } field)
            field.SetValue(null, observer);
        else
            return false;
        return true;
    }
}
