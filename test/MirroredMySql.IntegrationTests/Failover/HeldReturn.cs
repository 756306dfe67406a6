using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>No node that was lost comes back before this ends.</summary>
internal sealed class HeldReturn : IDisposable
{
    private readonly ManualResetEventSlim _gate = new();

    public HeldReturn() => ProtocolSteps.Observer = step =>
    {
        if (step == ProtocolSteps.NodeReceived)
            _gate.Wait();
    };

    public void Dispose()
    {
        ProtocolSteps.Observer = null;
        _gate.Set();
    }
}
