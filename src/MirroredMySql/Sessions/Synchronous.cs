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
        // As `await` ends: a ValueTask that is complete may be asked once, nothing is waited for, and the exception comes as it was thrown.
        // Wait() is what ValueTask lacks, and what AsTask() has would wrap it.
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
