using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>Keeps reads from a node that takes no part any more, which a process that has slept does not know.</summary>
internal sealed partial class Mirror
{
    /// <summary>Whether reads may be answered: as long as nobody can have gone on without the nodes that this process goes by.</summary>
    public bool IsFresh => Lease.Holds(_formation.Token);

    /// <summary>Asks the nodes once more who leads, where what this process knows is older than its lease.</summary>
    /// <exception cref="MirroredDbException">Not all of them can be asked, and another process may have gone on with another one.</exception>
    public ValueTask RequireFreshAsync(bool async, CancellationToken cancellationToken) => IsFresh ? default : RefreshAsync(async, cancellationToken);

    private async ValueTask RefreshAsync(bool async, CancellationToken cancellationToken)
    {
        // Where signs of life are not taken, each read has to ask for itself.
        if (Heartbeat.HasFailed && (await AskAllAsync(async, cancellationToken).ConfigureAwait(false)).HaveAgreed)
            return;
        await Heartbeat.BeatAsync(async, cancellationToken).ConfigureAwait(false);
        if (IsFresh)
            return;
        var (haveAgreed, error) = await AskAllAsync(async, cancellationToken).ConfigureAwait(false);
        if (!haveAgreed)
            throw NodeErrors.MayBeStale(_formation.Lead, Other(_formation.Lead), Options.Lease, error);
    }

    /// <summary>
    /// Asks all nodes that take part who leads. What they say gives no lease, because they do not wait for whoever only asks; but whoever
    /// goes on without one of them from now on commits later than a read that has begun by now.
    /// </summary>
    private async ValueTask<(bool HaveAgreed, Exception? Error)> AskAllAsync(bool async, CancellationToken cancellationToken)
    {
        await EnterAsync(async, cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsFresh || (await ReloadCoreAsync(async, cancellationToken).ConfigureAwait(false)).IsOfAll)
                return (true, null);
            return (false, Other(_formation.Lead).LastError ?? _formation.Lead.LastError);
        }
        catch (Exception e) when (e is not MirroredDbException && !cancellationToken.IsCancellationRequested)
        {
            return (false, e);
        }
        finally
        {
            _changing.Release();
        }
    }
}
