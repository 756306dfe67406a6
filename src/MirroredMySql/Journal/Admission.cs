using System.Diagnostics;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;
using MirroredMySql.Sql;
using MirroredMySql.Synchronization;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// The last part of a node's way back: replays the journal beside the writers, slows them when they are faster, drains what is left behind a
/// short barrier, copies the suspect tables, and lets the node take part again.
/// </summary>
/// <param name="mirror">The pair.</param>
/// <param name="formation">The lead alone.</param>
/// <param name="lease">What keeps other processes from doing the same.</param>
/// <param name="lead">A connection to the lead.</param>
/// <param name="back">A connection to the returned node.</param>
/// <param name="mark">The token that the returned node was given, and that fences what is done there.</param>
/// <param name="replay">What takes entries from the one to the other.</param>
/// <param name="barrier">What holds the writers up.</param>
internal sealed class Admission(
    Mirror mirror, Formation formation, ReturnLease lease, OwnConnection lead, OwnConnection back, string mark, Replay replay, WriteBarrier barrier)
{
    // How often it is looked whether the backlog shrinks.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    // How long writers are held up at a time; no server or caller gives up in that time.
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);

    // How long they may write in between, to begin with, and at least.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(400), LeastPause = TimeSpan.FromMilliseconds(25);

    private bool IsResync => formation.State.Mode == MirrorMode.Resyncing;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var isSlower = !await ReplayBesideWritersAsync(cancellationToken).ConfigureAwait(false);
        if (isSlower)
            Log.WritersSlowed(mirror.Logger, back.Node.Name);
        var (pause, backlog) = (FirstPause, long.MaxValue);
        while (true)
        {
            var row = await barrier.TakeAsync(cancellationToken).ConfigureAwait(false);
            ProtocolSteps.Reached(ProtocolSteps.BarrierTaken);
            if (IsResync)
                await new Resync(mirror, lead).EmptyAsync(cancellationToken).ConfigureAwait(false);
            if (await ReplayForAsync(Pulse, cancellationToken).ConfigureAwait(false))
            {
                await AdmitAsync(row, cancellationToken).ConfigureAwait(false);
                return;
            }

            await barrier.ReleaseAsync(cancellationToken).ConfigureAwait(false);
            if (!isSlower)
                Log.WritersSlowed(mirror.Logger, back.Node.Name);
            isSlower = true;
            await ReplayForAsync(pause, cancellationToken).ConfigureAwait(false);
            var left = await BacklogAsync(cancellationToken).ConfigureAwait(false);
            if (left >= backlog)
                pause = TimeSpan.FromTicks(Math.Max(pause.Ticks / 2, LeastPause.Ticks));
            backlog = left;
        }
    }

    /// <returns>False when the writers are faster.</returns>
    private async Task<bool> ReplayBesideWritersAsync(CancellationToken cancellationToken)
    {
        var (backlog, since) = (await BacklogAsync(cancellationToken).ConfigureAwait(false), Stopwatch.GetTimestamp());
        while (true)
        {
            lease.ThrowIfLost();
            if (await replay.StepAsync(cancellationToken).ConfigureAwait(false))
                return true;
            if (Stopwatch.GetElapsedTime(since) < LookInterval)
                continue;
            var left = await BacklogAsync(cancellationToken).ConfigureAwait(false);
            if (left >= backlog)
                return false;
            (backlog, since) = (left, Stopwatch.GetTimestamp());
        }
    }

    /// <returns>Whether the journal is drained.</returns>
    private async Task<bool> ReplayForAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        for (var left = time; left > TimeSpan.Zero; left = time - Stopwatch.GetElapsedTime(began))
        {
            lease.ThrowIfLost();
            if (await replay.StepAsync(cancellationToken, left).ConfigureAwait(false))
                return true;
        }

        return false;
    }

    private async Task<long> BacklogAsync(CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {lead.Node.Tables.Journal} FORCE INDEX (measure) LIMIT 1";
        return Convert.ToInt64(await command.ScalarAsync(async: true, cancellationToken).ConfigureAwait(false), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Behind the barrier, with nothing left in the journal. The lead's new row is the heir of the returned node's, which is held too and
    /// committed behind it: should that not come to be, whoever finds the two lets it follow. The other way round, the returned node could
    /// go on alone from an epoch that the lead never came to, and no witness would know.
    /// </summary>
    private async Task AdmitAsync(MirrorState row, CancellationToken cancellationToken)
    {
        await mirror.SaveSuspectsAsync(lead, cancellationToken).ConfigureAwait(false);
        await mirror.LoadSuspectsAsync(lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        var suspects = mirror.Suspects.Snapshot().Select(s => s.Table).ToList();
        await CopyAsync(suspects, cancellationToken).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.SuspectsCopied);
        await back.ExecuteAsync($"DELETE FROM {back.Node.Tables.Applied};DELETE FROM {back.Node.Tables.Journal};DELETE FROM {back.Node.Tables.Suspect}", cancellationToken).ConfigureAwait(false);

        var next = row.Next(MirrorMode.Mirrored, formation.Lead.Role, $"the {back.Node.Role.Name()} has caught up") with { Previous = mark };
        if ((await StateStore.LockAsync(back.Node, back.Physical, async: true, cancellationToken).ConfigureAwait(false))?.Token != mark)
            throw new MirroredDbException("The returned node was told something else while it caught up; it starts again.", null, isTransient: true);
        await StateStore.WriteAsync(back.Node, back.Physical, next, async: true, cancellationToken).ConfigureAwait(false);
        // What is committed here is this process's first sign of life in the new epoch: should the node be lost again at once, somebody has a lease.
        var asked = mirror.Lease.Now;
        await mirror.Instances.BeatAsync(back.Node, back.Physical, next.Token, async: true, cancellationToken).ConfigureAwait(false);
        await barrier.WriteAsync(next, cancellationToken).ConfigureAwait(false);
        // Not those that another process has written down meanwhile, which both nodes are to know.
        await mirror.LoadSuspectsAsync(lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (mirror.Suspects.Snapshot().Where(s => !suspects.Contains(s.Table)).ToList() is { Count: > 0 } others)
            await back.ExecuteAsync(Mirror.InsertSuspects(back.Node, others), cancellationToken).ConfigureAwait(false);
        if (suspects.Count > 0)
            await barrier.ExecuteAsync($"DELETE FROM {formation.Lead.Tables.Suspect} WHERE name IN ({string.Join(',', suspects.Select(s => Identifier.Literal(s, hasBackslashEscapes: true)))})", cancellationToken).ConfigureAwait(false);
        await mirror.PublishAsync(
            new Formation(formation.Lead, back.Node, next),
            async () =>
            {
                await barrier.CommitAsync(cancellationToken).ConfigureAwait(false);
                ProtocolSteps.Reached(ProtocolSteps.Admitting);
                // Who comes after this knows of the new epoch, and makes itself known to both.
                var introduction = await Instances.IntroductionAsync(lead.Node, lead.Physical, back.Node, async: true, cancellationToken).ConfigureAwait(false);
                await back.ExecuteAsync(introduction, cancellationToken).ConfigureAwait(false);
                await StateStore.EndAsync(back.Physical, commit: true, async: true, cancellationToken).ConfigureAwait(false);
                mirror.Lease.Renew(next.Token, asked);
            }).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.NodeAdmitted);
    }

    private async Task CopyAsync(List<string> suspects, CancellationToken cancellationToken)
    {
        var copy = new TableCopy(lead.Physical, back.Physical, $"SET {Fence.Assignment(back.Node, mark)};COMMIT", cancellationToken);
        var (from, to) = (lead.Node.ConnectionString.Database, back.Node.ConnectionString.Database);
        var tables = new List<string>();
        foreach (var suspect in suspects)
        {
            if (suspect == Suspects.AnyTable)
                tables.AddRange(await copy.TablesAsync(from).ConfigureAwait(false));
            else if (suspect.EndsWith("." + Suspects.AnyTable, StringComparison.Ordinal) && suspect[..^2] is var database)
                tables.AddRange((await copy.TablesAsync(database).ConfigureAwait(false)).Select(t => $"{database}.{t}"));
            else
                tables.Add(suspect);
        }

        if (tables.Count > 0)
            Log.SuspectsCopied(mirror.Logger, tables.Count, back.Node.Name);
        foreach (var table in tables.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            barrier.ThrowIfLost();
            lease.ThrowIfLost();
            var dot = table.IndexOf('.', StringComparison.Ordinal);
            var isOwn = dot < 0 || table[..dot].Equals(from, StringComparison.OrdinalIgnoreCase);
            await copy.CopyAsync(isOwn ? from : table[..dot], isOwn ? to : table[..dot], table[(dot + 1)..]).ConfigureAwait(false);
        }

        await copy.CopyAsync(from, to, MirrorTables.Prefix + "writer").ConfigureAwait(false);
    }
}
