using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>Stops a thread at a step of the write path, as if its process were frozen there, until it is let go.</summary>
internal sealed class FrozenProcess : IDisposable
{
    private readonly AsyncLocal<bool> _isIt = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _gate = new();

    public FrozenProcess(string step) => ProtocolSteps.Observer = reached =>
    {
        if (!_isIt.Value || reached != step || !_reached.TrySetResult())
            return;
        _gate.Wait();
    };

    /// <summary>Completes when it stands still.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromMinutes(1));

    public Task RunAsync(Action work) => Task.Run(() =>
    {
        _isIt.Value = true;
        work();
    });

    public void LetGo() => _gate.Set();

    public void Dispose()
    {
        ProtocolSteps.Observer = null;
        _gate.Set();
    }
}
