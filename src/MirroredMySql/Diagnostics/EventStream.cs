using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace MirroredMySql.Diagnostics;

/// <summary>Hands events to whoever watches. A watcher that does not keep up loses the oldest ones; nobody waits for it. Thread-safe.</summary>
internal sealed class EventStream
{
    private const int Capacity = 1000;

    private readonly ConcurrentDictionary<Channel<MirrorEvent>, bool> _watchers = [];

    public void Publish(MirrorEvent what)
    {
        foreach (var watcher in _watchers.Keys)
            watcher.Writer.TryWrite(what);
    }

    /// <summary>Ends all watching.</summary>
    public void Complete()
    {
        foreach (var watcher in _watchers.Keys)
            watcher.Writer.TryComplete();
    }

    /// <summary>Watches from the moment of this call, not from the first event that is asked for.</summary>
    public IAsyncEnumerable<MirrorEvent> WatchAsync(CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<MirrorEvent>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        _watchers[channel] = true;
        return ReadAsync(channel, cancellationToken);
    }

    private async IAsyncEnumerable<MirrorEvent> ReadAsync(Channel<MirrorEvent> channel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var what in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return what;
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }
}
