namespace MirroredMySql.Chaos.Network;

/// <summary>A piece that reaches the server long after its client is gone.</summary>
/// <param name="text">By what it is known.</param>
/// <param name="delay">How long it takes.</param>
internal sealed class Stray(byte[] text, TimeSpan delay) : IDisposable
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReadOnlySpan<byte> Text => text;

    public TimeSpan Delay => delay;

    /// <summary>Completes when it is delivered, or cannot be any more.</summary>
    public Task Arrival => _arrived.Task;

    public void Dispose() => _arrived.TrySetResult();
}
