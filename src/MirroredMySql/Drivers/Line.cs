using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;

namespace MirroredMySql.Drivers;

/// <summary>Whoever looks after the lines to one node.</summary>
internal interface ILineWatch
{
    /// <summary>The error of every call on a node that is known to answer nothing, or null.</summary>
    MirroredDbException? Silence { get; }

    /// <summary>Finds out, in the background, whether the node answers.</summary>
    void Ask();

    /// <summary>Breaks a line whose call has taken too long, and ends on the server what still runs there.</summary>
    void GiveUp(Line line);

    /// <summary>A connection that was given up ended badly.</summary>
    void Abandoned(Exception error);
}

/// <summary>
/// A physical connection as something that may fall silent. Every wait on its server passes through here, so that it ends when the node
/// is found silent or the wait has taken too long, whatever the driver does: MySql.Data's asynchronous calls know no timeout at all.
/// What it costs a call that is answered is a look-up and a few stores.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Without a timer a CancellationTokenSource holds nothing; it goes with the line.")]
internal sealed class Line(DbConnection connection, ILineWatch watch)
{
    private static readonly ConditionalWeakTable<DbConnection, Line> Lines = [];

    // Nobody gets to see it.
    private static readonly MirroredDbException Unfit = new("The connection was closed in the midst of a change of epoch.");

    private readonly CancellationTokenSource _broken = new();
    private MirroredDbException? _reason;
    private Task? _pending;
    private bool _isOpen;
    private volatile bool _isWaiting;
    private volatile int _calls;
    private volatile int _heard;

    /// <summary>Whether a call on the server has not come back yet.</summary>
    public bool IsWaiting => _isWaiting;

    /// <summary>How many calls are over: who finds the same number again knows that it is still the same call.</summary>
    public int Calls => _calls;

    /// <summary>How many of them the server has answered. Rows do not count: they may have lain in the driver's buffer for long.</summary>
    public int Heard => _heard;

    /// <summary>How long the present call may take, in seconds; 0 for as long as it likes.</summary>
    public int Limit { get; private set; }

    /// <summary>Whether the connection was given up. Nothing is sent on it any more, and no pool hands it out again.</summary>
    public bool IsBroken => Volatile.Read(ref _reason) is not null;

    /// <summary>Whether the session is in the midst of something that no pool may hand to others; it is broken when it is closed so.</summary>
    public bool IsUnfit { get; set; }

    /// <summary>Whether nobody has to look after it any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The server's number of the connection, or 0 where the driver does not tell it.</summary>
    public long ServerThread { get; private set; }

    public static Line? Of(DbConnection? connection) => connection is not null && Lines.TryGetValue(connection, out var line) ? line : null;

    /// <summary>Begins to look after a connection that is about to be opened.</summary>
    public static Line Begin(DbConnection connection, ILineWatch watch)
    {
        var line = new Line(connection, watch);
        Lines.Add(connection, line);
        return line;
    }

    public async ValueTask OpenAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            // A pool that is used up says nothing of the node: the limit is for what ignores the driver's own.
            if (async)
                await WaitAsync((connection, cancellationToken), connection.ConnectionTimeout, static c => AsResultAsync(c.connection.OpenAsync(c.cancellationToken))).ConfigureAwait(false);
            else
                Answer(connection, 0, static c => Done(c.Open));
        }
        catch when (connection.State == ConnectionState.Open)
        {
            // MySql.Data has failed while it set the connection up (it asks for all character sets), and would put it into the pool as it is.
            DriverSocket.Cut(connection);
            throw;
        }

        // A synchronous one cannot be broken off.
        if (_reason is { } reason)
            throw Anew(reason);
        ServerThread = DriverCommand.ServerThread(connection);
        _isOpen = true;
    }

    /// <summary>Carries out a synchronous call.</summary>
    public T Answer<TOn, T>(TOn on, int limit, Func<TOn, T> call, bool isSignOfLife = true)
    {
        Start(limit);
        var isAnswered = false;
        try
        {
            var result = call(on);
            isAnswered = isSignOfLife;
            return result;
        }
        catch (Exception e)
        {
            if (Reason(e) is { } reason)
                throw reason;
            throw;
        }
        finally
        {
            End(isAnswered);
        }
    }

    /// <summary>Carries out an asynchronous call. It is looked after from its beginning on: what a driver calls asynchronous may wait at once.</summary>
    public async ValueTask<T> WaitAsync<TOn, T>(TOn on, int limit, Func<TOn, Task<T>> call, bool isSignOfLife = true)
    {
        Start(limit);
        var isAnswered = false;
        Task<T>? pending = null;
        try
        {
            pending = call(on);
            var result = await (pending.IsCompleted ? pending : pending.WaitAsync(_broken.Token)).ConfigureAwait(false);
            isAnswered = isSignOfLife;
            return result;
        }
        catch (Exception e)
        {
            if (pending is { IsCompleted: false })
                _pending = pending;
            if (Reason(e) is { } reason)
                throw reason;
            throw;
        }
        finally
        {
            End(isAnswered);
        }
    }

    /// <summary>Gives the connection up: whoever waits for its server gets this error at once.</summary>
    public void Break(MirroredDbException reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return;
        LeaveToUs();
        _ = _broken.CancelAsync();
        // The drivers end their pending call over this, and let go of what it holds.
        DriverSocket.Cut(connection);
    }

    /// <summary>Closes the connection; one that was given up, in the background, when its pending call has ended.</summary>
    public async ValueTask CloseAsync(bool async)
    {
        LeaveToUs();
        if (IsUnfit)
            Break(Unfit);
        try
        {
            if (IsBroken)
                return;
            if (async)
                await WaitAsync(connection, connection.ConnectionTimeout, static c => AsResultAsync(c.DisposeAsync().AsTask())).ConfigureAwait(false);
            else
                Answer(connection, connection.ConnectionTimeout, static c => Done(c.Dispose));
        }
        catch (Exception) when (IsBroken)
        {
            // Nobody waits for it.
        }
        finally
        {
            IsClosed = true;
            if (IsBroken)
                _ = Task.Run(AbandonAsync);
        }
    }

    // MySql.Data closes what is collected, by a ROLLBACK where a transaction is open; when that fails in the finalizer, the process ends.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA1816", Justification = "It is closed here, not there.")]
    private void LeaveToUs() => GC.SuppressFinalize(connection);

    /// <summary>Draws the conclusions from an error of the driver.</summary>
    /// <returns>What to say instead of it, or null.</returns>
    private MirroredDbException? Reason(Exception error)
    {
        if (_reason is { } reason)
            return Anew(reason);
        if (error is OperationCanceledException || DriverFailure.Classify(error, null) != FailureKind.Interrupted)
            return null;
        // Whether the statement is slow or the node hangs, the next call should know.
        watch.Ask();
        // Where the server has not ended the statement itself, MySql.Data throws away what it was reading when the time was over, and takes
        // what comes next for the answer to another statement.
        if (!_isOpen || DriverFailure.Number(error) > 0)
            return null;
        watch.GiveUp(this);
        return error is TimeoutException && _reason is { } own ? Anew(own) : null;
    }

    private void Start(int limit)
    {
        if (_reason is null && watch.Silence is { } silence)
            Break(silence);
        if (_reason is { } reason)
            throw Anew(reason);
        Limit = limit;
        _isWaiting = true;
    }

    private void End(bool isAnswered)
    {
        _isWaiting = false;
        _calls++;
        if (isAnswered)
            _heard++;
    }

    // The driver's Dispose may talk to the server as well, so that no caller's thread can be lent to it.
    private async Task AbandonAsync()
    {
        try
        {
            if (_pending is { } pending)
                await Task.WhenAny(pending).ConfigureAwait(false);
            connection.Dispose();
        }
        catch (Exception e)
        {
            watch.Abandoned(e);
        }
    }

    // Thrown by several threads at once, one exception would mix up their traces.
    private static MirroredDbException Anew(MirroredDbException reason) =>
        new(reason.Message, reason.InnerException, reason.IsTransient) { Node = reason.Node };

    private static async Task<bool> AsResultAsync(Task call)
    {
        await call.ConfigureAwait(false);
        return true;
    }

    private static bool Done(Action call)
    {
        call();
        return true;
    }
}
