using System.Diagnostics.Metrics;

namespace MirroredMySql.IntegrationTests;

/// <summary>Adds up what one counter measures.</summary>
internal sealed class MeterSpy : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _total;

    public MeterSpy(string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Name == instrument)
                listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _total, value));
        _listener.Start();
    }

    public long Total => Interlocked.Read(ref _total);

    public void Dispose() => _listener.Dispose();
}
