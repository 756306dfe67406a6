namespace MirroredMySql.Sessions;

/// <summary>The steps of the write path at which a process may die. Nobody listens but tests that want to die at one of them.</summary>
internal static class ProtocolSteps
{
    public const string LeadRan = "lead-ran";
    public const string FollowerRan = "follower-ran";
    public const string Fenced = "fenced";
    public const string Committing = "committing";
    public const string Committed = "committed";

    /// <summary>Told of each step, on the thread that has reached it.</summary>
    public static Action<string>? Observer { get; set; }

    public static void Reached(string step) => Observer?.Invoke(step);
}
