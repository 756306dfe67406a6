namespace MirroredMySql.Chaos.Clients;

/// <summary>Tells when the next write of a client is acknowledged. Thread-safe.</summary>
internal sealed class Progress
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Next => Volatile.Read(ref _next).Task;

    public void Report() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
