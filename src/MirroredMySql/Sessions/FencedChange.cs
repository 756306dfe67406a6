using System.Runtime.ExceptionServices;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// A change that no rollback takes back, and no transaction fences: the epoch is kept as it is meanwhile, and a trace stays on the lead until
/// both nodes have the change, or what they lack is written down.
/// </summary>
internal sealed class FencedChange
{
    // Each turn follows a change of epoch that somebody has made meanwhile.
    private const int Turns = 5;

    private readonly Session _session;
    private readonly Node _lead;
    private readonly IReadOnlyList<string> _tables;
    private readonly ChangeTrace _trace;

    private FencedChange(Session session, EpochFence fence, IReadOnlyList<string> tables, bool hasRows)
    {
        (_session, Fence, _lead, _tables) = (session, fence, session.Formation.Lead, tables);
        _trace = new ChangeTrace(session.Mirror, session.Formation, hasRows ? tables : []);
    }

    public EpochFence Fence { get; }

    /// <summary>
    /// Tries again what has met another epoch: nothing has changed on the node that leads in it. What was only held up is tried for as long as
    /// the caller waits.
    /// </summary>
    public static async ValueTask<T> RepeatAsync<T>(Session session, CallerCommand caller, Func<ValueTask<T>> change, CancellationToken cancellationToken)
    {
        var patience = session.Retry.Wait(caller.Own.CommandTimeout);
        for (var turn = 1; ;)
        {
            try
            {
                return await change().ConfigureAwait(false);
            }
            catch (WriteAgainException e)
            {
                if (e.IsHeldUp ? patience.IsOver : turn++ == Turns)
                    ExceptionDispatchInfo.Throw(e.Cause);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <param name="session">Whose change it is.</param>
    /// <param name="tables">What it changes.</param>
    /// <param name="hasRows">Whether that is mended by copying rows.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <exception cref="WriteAgainException">Another epoch has begun, or is about to.</exception>
    public static async ValueTask<FencedChange> BeginAsync(Session session, IReadOnlyList<string> tables, bool hasRows, bool async)
    {
        // Behind a fence nobody could say that the epoch is known to all.
        if (session.Formation.Follower is null && !await session.IsKnownToAllAsync(async).ConfigureAwait(false))
            throw new WriteAgainException(TransactionErrors.EpochChanged(session.Formation.Lead, null));
        var change = new FencedChange(session, await EpochFence.TakeAsync(session, async).ConfigureAwait(false), tables, hasRows);
        try
        {
            await change._trace.LeaveAsync(async).ConfigureAwait(false);
            return change;
        }
        catch
        {
            await change.EndAsync(isDone: false, async).ConfigureAwait(false);
            throw;
        }
    }

    /// <param name="isDone">Whether it has run to its end.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public async ValueTask EndAsync(bool isDone, bool async)
    {
        // Whoever is lost from here on was there when it was done.
        var isJournaled = isDone && _session.Formation.Follower is null && _session.Formation.Lead == _lead;
        await _session.Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        _session.AdoptFormation();
        var isWrittenDown = !_session.Mirror.Suspects.Unsaved.Any(s => _tables.Contains(s.Table, StringComparer.OrdinalIgnoreCase));
        var isKnown = isWrittenDown && (Fence.IsHeld || isJournaled);
        await Fence.EndAsync(async).ConfigureAwait(false);
        await _trace.EndAsync(isKnown, async).ConfigureAwait(false);
    }
}
