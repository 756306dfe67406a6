namespace MirroredMySql.Sessions;

/// <summary>
/// The synchronous face of the one core that serves both kinds of callers. With <c>async: false</c> the core calls only
/// synchronous driver members, so its task is complete when it is returned, and nothing is ever waited for here.
/// </summary>
internal static class Synchronous
{
    public static void Completed(this ValueTask task)
    {
        RequireCompleted(task.IsCompleted);
        // Complete already: this waits for nothing, it hands over the exception as it was thrown.
        task.GetAwaiter().GetResult();
    }

    public static T Completed<T>(this ValueTask<T> task)
    {
        RequireCompleted(task.IsCompleted);
        return task.Result;
    }

    private static void RequireCompleted(bool isCompleted)
    {
        if (!isCompleted)
            throw new InvalidOperationException("A synchronous call has started asynchronous work.");
    }
}
