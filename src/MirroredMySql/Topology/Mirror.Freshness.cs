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
        await EnterAsync(async).ConfigureAwait(false);
        try
        {
            if (IsFresh || await TryConfirmAsync(async, cancellationToken).ConfigureAwait(false))
                return;
            var formation = await ReloadCoreAsync(async, cancellationToken).ConfigureAwait(false);
            // A split is said by whoever asks for a connection.
            if (formation.Refusal is not null || await TryConfirmAsync(async, cancellationToken).ConfigureAwait(false)
                || await IsOnlyOneAsync(formation.Lead, async, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            throw NodeErrors.MayBeStale(formation.Lead, Other(formation.Lead), Options.Lease);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Gives a sign of life on all nodes that take part.</summary>
    /// <returns>Whether all of them go by the same token as this process.</returns>
    private async ValueTask<bool> TryConfirmAsync(bool async, CancellationToken cancellationToken)
    {
        var (formation, asked) = (_formation, Lease.Now);
        foreach (var node in new[] { formation.Lead, formation.Follower }.OfType<Node>())
        {
            if (node.Facts is null)
                return false;
            try
            {
                var connection = await node.OpenAsync(async, cancellationToken).ConfigureAwait(false);
                await using var end = connection.Ending(async).ConfigureAwait(false);
                if ((await Instances.BeatAsync(node, connection, formation.Token, async, cancellationToken).ConfigureAwait(false))?.Token != formation.Token)
                    return false;
            }
            catch (Exception e) when (DriverFailure.ClassifyConnect(e, cancellationToken) == FailureKind.NodeUnavailable)
            {
                node.LastError = e;
                return false;
            }
        }

        Lease.Renew(formation.Token, asked);
        return true;
    }

    private async ValueTask<bool> IsOnlyOneAsync(Node node, bool async, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await node.OpenAsync(async, cancellationToken).ConfigureAwait(false);
            await using var end = connection.Ending(async).ConfigureAwait(false);
            return (await Instances.LookAsync(node, connection, async, cancellationToken).ConfigureAwait(false)).IsOnlyOne;
        }
        catch (Exception e) when (DriverFailure.ClassifyConnect(e, cancellationToken) == FailureKind.NodeUnavailable)
        {
            node.LastError = e;
            return false;
        }
    }
}
