using System.Data.Common;
using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>
/// The exclusive lock of the lead's state row: while it is held, no write is about to commit, and none gets there. It can be taken and let
/// go many times, is held for as long as that takes, and is gone within seconds when this process dies or freezes.
/// </summary>
internal sealed class WriteBarrier : IAsyncDisposable
{
    // No process that has stopped may keep writers waiting for longer; seconds.
    private const int IdleLimit = 5;

    // How often writes that are about to commit are waited for.
    private const int Attempts = 3;

    private readonly Formation _formation;
    private readonly KeptConnection _connection;

    private WriteBarrier(Formation formation, KeptConnection connection) => (_formation, _connection) = (formation, connection);

    public static async Task<WriteBarrier> OpenAsync(Mirror mirror, Formation formation, CancellationToken cancellationToken) =>
        new(formation, await KeptConnection.OpenAsync(mirror, formation.Lead, IdleLimit, cancellationToken).ConfigureAwait(false));

    /// <summary>Waits until no write is about to commit, and keeps others from it.</summary>
    /// <returns>The lead's row.</returns>
    /// <exception cref="MirroredDbException">Another epoch has begun.</exception>
    public async Task<MirrorState> TakeAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var row = await _connection.UseAsync(
                    physical => StateStore.LockAsync(_formation.Lead, physical, async: true, cancellationToken), cancellationToken).ConfigureAwait(false);
                return row?.Token == _formation.Token
                    ? row
                    : throw new MirroredDbException("The epoch has changed while a node caught up; it starts again.", null, isTransient: true);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
            {
                // A write that is about to commit takes its time; whoever stands behind us in the queue must not wait as long again.
                await ReleaseAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <exception cref="MirroredDbException">It is not held any more: writes have gone on since.</exception>
    public void ThrowIfLost() => _connection.ThrowIfLost();

    public Task WriteAsync(MirrorState state, CancellationToken cancellationToken) =>
        _connection.ExecuteAsync(StateStore.Update(_formation.Lead, state, _formation.Lead.Facts!.Syntax), cancellationToken);

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) => _connection.ExecuteAsync(sql, cancellationToken);

    /// <summary>Lets writes go on under what was written, or under what there was.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken) => await EndAsync(commit: true, cancellationToken).ConfigureAwait(false);

    public async Task ReleaseAsync(CancellationToken cancellationToken) => await EndAsync(commit: false, cancellationToken).ConfigureAwait(false);

    /// <summary>Says nothing to the server until then, as a process does that is frozen.</summary>
    internal Task OccupyAsync(Task until) => _connection.UseAsync(async _ =>
    {
        await until.ConfigureAwait(false);
        return true;
    }, CancellationToken.None);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private Task EndAsync(bool commit, CancellationToken cancellationToken) => _connection.ExecuteAsync(commit ? "COMMIT" : "ROLLBACK", cancellationToken);
}
