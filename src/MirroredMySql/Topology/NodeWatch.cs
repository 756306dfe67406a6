using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>
/// Finds out whether a node still answers, and ends the waits on one that does not. While some call waits and nothing is heard of the node,
/// it is asked on a connection of its own; a statement that takes its time on a node that answers is left alone. Thread-safe.
/// </summary>
internal sealed class NodeWatch : ILineWatch, IDisposable
{
    // How often the waits are looked at.
    private static readonly TimeSpan Rhythm = TimeSpan.FromMilliseconds(250);

    // How long nothing may be heard of a node while a call waits before it is asked.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // How much longer than its CommandTimeout a call may take: the drivers that know the timeout have to end it first.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly Node _node;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<Exception, Task> _lost;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private readonly List<Watched> _lines = [];
    private volatile MirroredDbException? _silence;
    private long _heardAt;
    private long _silentAt;
    private bool _isStalled;
    private int _resets;
    private Task<Exception?>? _asking;
    private Task<Exception?>? _probe;

    /// <param name="node">The node.</param>
    /// <param name="timeout">How long it may take to answer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="lost">What to do when it answers nothing.</param>
    public NodeWatch(Node node, TimeSpan timeout, TimeProvider time, ILogger logger, Func<Exception, Task> lost)
    {
        (_node, _timeout, _time, _logger, _lost) = (node, timeout, time, logger, lost);
        _heardAt = time.GetTimestamp();
        // Nothing of the caller's (an ambient transaction, a trace) goes with what runs in the background.
        using (ExecutionContext.SuppressFlow())
            _timer = time.CreateTimer(static state => ((NodeWatch)state!).Look(), this, Rhythm, Rhythm);
    }

    /// <summary>The error of every call on the node, while it is known to answer nothing.</summary>
    public MirroredDbException? Silence => _silence;

    public void Ask() => _ = AskAsync();

    public void GiveUp(Line line)
    {
        line.Break(NodeErrors.TookTooLong(_node, line.Limit));
        _ = Task.Run(() => KillAsync(line));
    }

    public void Abandoned(Exception error) => Log.ConnectionDropped(_logger, error, _node.Name);

    /// <summary>Looks after a connection from its opening on.</summary>
    public Line Begin(DbConnection connection)
    {
        var line = Line.Begin(connection, this);
        lock (_lock)
            _lines.Add(new Watched(line));
        return line;
    }

    /// <summary>Asks the node whether it answers; whoever asks meanwhile gets the same answer.</summary>
    /// <returns>What speaks against it, or null when it has answered.</returns>
    public Task<Exception?> AskAsync()
    {
        lock (_lock)
        {
            // Until a stalled node is out, its answers to questions count for nothing.
            if (_stopped.IsCancellationRequested || _isStalled)
                return Task.FromResult<Exception?>(_silence);
            if (_asking is { IsCompleted: false })
                return _asking;
            if (_silence is { } silence && _time.GetElapsedTime(_silentAt) < Patience)
                return Task.FromResult<Exception?>(silence);
            var resets = _resets;
            return _asking = Unflowed(() => AskOnceAsync(resets));
        }
    }

    /// <summary>Somebody else has met the node: what was found before says nothing of it any more.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_stopped.IsCancellationRequested)
                return;
            (_silence, _asking, _probe, _isStalled) = (null, null, null, false);
            _resets++;
        }
    }

    /// <summary>Ends every wait on the node, and all that are still to come.</summary>
    public void Stop()
    {
        var end = NodeErrors.Ended(_node);
        lock (_lock)
        {
            _silence = end;
            _stopped.Cancel();
        }

        EndWaits(end);
    }

    public void Dispose() => _timer.Dispose();

    private void EndWaits(MirroredDbException reason)
    {
        foreach (var line in Waiting())
            line.Break(reason);
    }

    private static Task<Exception?> Unflowed(Func<Task<Exception?>> run)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return Task.Run(run);
        using (ExecutionContext.SuppressFlow())
            return Task.Run(run);
    }

    private void Look()
    {
        var now = _time.GetTimestamp();
        var longest = TimeSpan.Zero;
        List<Line> late = [];
        lock (_lock)
        {
            for (var i = _lines.Count - 1; i >= 0; i--)
            {
                if (_lines[i].Look(now, out var hasAnswered) is not { } line)
                {
                    _lines[i] = _lines[^1];
                    _lines.RemoveAt(_lines.Count - 1);
                }
                else if (_lines[i].Since is { } since && _time.GetElapsedTime(since, now) is var waited)
                {
                    longest = waited > longest ? waited : longest;
                    if (line.Limit > 0 && waited > TimeSpan.FromSeconds(line.Limit) + Grace)
                        late.Add(line);
                }

                if (hasAnswered)
                    _heardAt = now;
            }
        }

        foreach (var line in late)
            GiveUp(line);

        if (longest >= Patience && _time.GetElapsedTime(_heardAt, now) >= Patience)
            _ = AskAsync();
    }

    private async Task<Exception?> AskOnceAsync(int resets)
    {
        var begun = _time.GetTimestamp();
        var failure = await ProbeAsync().ConfigureAwait(false);
        MirroredDbException? silence = null;
        lock (_lock)
        {
            if (_stopped.IsCancellationRequested || _isStalled)
                return _silence;
            if (resets == _resets)
            {
                if (failure is null || !IsSilence(failure))
                {
                    _silence = null;
                    _heardAt = _time.GetTimestamp();
                    return failure;
                }

                // It takes no new connections, but it does answer those that it has.
                if (_heardAt > begun || _lines.Any(l => l.HasAnsweredSinceLook))
                    return failure;
                (_silence, _silentAt) = (silence = NodeErrors.Silent(_node, failure), _time.GetTimestamp());
            }
        }

        // What was found out before somebody met it says nothing.
        if (silence is null)
            return await AskAsync().ConfigureAwait(false);
        EndWaits(silence);
        _ = Task.Run(() => LoseAsync(silence));
        return failure;
    }

    /// <summary>
    /// The node answers questions and takes no writes, as one whose disk has stalled, or that somebody has locked as a whole: ends the waits
    /// on it, and has it taken out.
    /// </summary>
    public async Task FindStalledAsync()
    {
        var silence = NodeErrors.Stalled(_node);
        lock (_lock)
        {
            if (_stopped.IsCancellationRequested)
                return;
            (_silence, _silentAt, _isStalled) = (silence, _time.GetTimestamp(), true);
        }

        EndWaits(silence);
        await LoseAsync(silence).ConfigureAwait(false);
        lock (_lock)
        {
            if (!_isStalled)
                return; // somebody has met it since
            _isStalled = false;
        }

        // Whoever had just begun to wait when it was found.
        EndWaits(silence);
    }

    // The driver's synchronous calls, on a thread of their own: they end by themselves, and leave nothing open behind.
    private async Task<Exception?> ProbeAsync()
    {
        Task<Exception?> probe;
        lock (_lock)
        {
            // One at a time, also where the former one has not come back yet.
            if (_probe is not { IsCompleted: false })
                _probe = Task.Factory.StartNew(Probe, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            probe = _probe;
        }

        try
        {
            return await probe.WaitAsync(_timeout, _time, _stopped.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return e;
        }
    }

    private Exception? Probe()
    {
        try
        {
            using var connection = _node.CreateProbe();
            _node.Open(connection);
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            command.CommandTimeout = (int)Math.Ceiling(_timeout.TotalSeconds);
            command.ExecuteScalar();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private async Task LoseAsync(MirroredDbException silence)
    {
        try
        {
            using (var connection = _node.Source.CreateConnection())
                DriverSocket.ClearPool(connection);
            await _lost(silence).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.MonitorFailed(_logger, e);
        }
    }

    // The statement may still run, and its connection hold locks.
    private async Task KillAsync(Line line)
    {
        if (line.ServerThread == 0)
            return;
        try
        {
            var connection = await _node.OpenAsync(async: true, CancellationToken.None).ConfigureAwait(false);
            await using var end = connection.Ending(async: true).ConfigureAwait(false);
            await StateStore.ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"KILL {line.ServerThread}"), async: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // It is gone already, or nobody answers.
            Abandoned(e);
        }
    }

    // A server that refuses a connection with an error of its own is not silent.
    private static bool IsSilence(Exception failure) =>
        DriverFailure.ClassifyConnect(failure, CancellationToken.None) == FailureKind.NodeUnavailable
        && DriverFailure.Number(failure) is 0 or DriverFailure.CannotConnect or (>= 2000 and < 3000);

    private List<Line> Waiting()
    {
        lock (_lock)
            return [.. _lines.Select(l => l.Line).OfType<Line>().Where(l => l.IsWaiting)];
    }

    /// <summary>A line, and what was seen of it last. It is held weakly: not everybody says when a connection is closed.</summary>
    private sealed class Watched(Line line)
    {
        private readonly WeakReference<Line> _line = new(line);
        private int _calls = -1;
        private int _heard;

        public Line? Line => _line.TryGetTarget(out var line) ? line : null;

        /// <summary>Since when the same call waits, or null.</summary>
        public long? Since { get; private set; }

        public bool HasAnsweredSinceLook => Line is { } line && line.Heard != _heard;

        /// <returns>The line, or null when there is nothing to look after any more.</returns>
        public Line? Look(long now, out bool hasAnswered)
        {
            var line = Line;
            hasAnswered = line is not null && line.Heard != _heard;
            if (line is null or { IsClosed: true })
                return null;
            _heard = line.Heard;
            if (!line.IsWaiting)
                Since = null;
            else if (Since is null || line.Calls != _calls)
                Since = now;
            _calls = line.Calls;
            return line;
        }
    }
}
