using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Synchronization;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Brings an absent node back: keeps whoever still writes there from committing, finds out what reached one node only, replays the
/// journal while writes go on, and admits the node behind a barrier, with the last entries replayed and the suspect tables copied.
/// </summary>
internal sealed class CatchUp(Mirror mirror)
{
    // While the journal does not shrink below a batch, writes are faster than the replay; then the barrier comes anyway.
    private const int MaxSteps = 1000;

    // How often stale transactions on the returned node are waited for before their connections are ended.
    private const int Attempts = 3;

    /// <returns>Whether the node is in step again. False when another process is at it, or the formation has changed.</returns>
    /// <exception cref="MirroredDbException">Both nodes have led alone.</exception>
    /// <exception cref="DbException">A node does not answer any more.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var formation = mirror.Formation;
        if (formation.Follower is not null)
            return true;
        var target = mirror.Other(formation.Lead);
        var lead = await OwnConnection.OpenAsync(mirror, formation.Lead, TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        await using var ofLead = lead.ConfigureAwait(false);
        if (!await TakeLeaseAsync(lead, cancellationToken).ConfigureAwait(false))
            return false;
        var row = await StateStore.ReadAsync(formation.Lead, lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (row?.Token != formation.Token)
            return false;

        var back = await OwnConnection.OpenAsync(mirror, target, "", cancellationToken).ConfigureAwait(false);
        await using var ofBack = back.ConfigureAwait(false);
        // Before the connection is told anything: what its server says of its sessions, the other node's are given.
        await mirror.LearnAgainAsync(target, lead.Physical, back.Physical, cancellationToken).ConfigureAwait(false);
        await back.ExecuteAsync(TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        await mirror.ReplaceStateAsync(formation, row with { Mode = MirrorMode.CatchingUp }, lead, cancellationToken).ConfigureAwait(false);
        var mark = await ReceiveAsync(back, row, cancellationToken).ConfigureAwait(false);
        await mirror.LoadSuspectsAsync(lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        await SettleAsync(lead, back, cancellationToken).ConfigureAwait(false);

        var replay = new Replay(mirror, lead, target, mark.Token);
        await using var ofReplay = replay.ConfigureAwait(false);
        for (var step = 0; step < MaxSteps; step++)
        {
            var (_, isDrained) = await replay.StepAsync(cancellationToken).ConfigureAwait(false);
            if (isDrained)
                break;
        }

        await AdmitAsync(formation, lead, back, replay, cancellationToken).ConfigureAwait(false);
        Log.NodeAdmitted(mirror.Logger, target.Name, replay.Applied);
        return true;
    }

    private static async Task<bool> TakeLeaseAsync(OwnConnection lead, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT GET_LOCK(SHA2('mirrored_mysql.catch_up.{lead.Node.ConnectionString.Database.Replace("'", "''", StringComparison.Ordinal)}',224),0)";
        var answer = await SqlLiteral.RowAsync(command, async: true, cancellationToken).ConfigureAwait(false);
        return Convert.ToInt64(answer[0], CultureInfo.InvariantCulture) == 1;
    }

    /// <summary>
    /// Gives the returned node a token that no writer has: what was fenced there before is waited for, or ended, and nothing follows.
    /// </summary>
    private async Task<MirrorState> ReceiveAsync(OwnConnection back, MirrorState lead, CancellationToken cancellationToken)
    {
        var mark = lead.Next(MirrorMode.CatchingUp, lead.Lead, "it is back, and is given what it has missed") with { Epoch = lead.Epoch };
        var known = await StateStore.ReadAsync(back.Node, back.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (known is null)
        {
            await StateStore.CreateAsync(back.Node, back.Physical, mark, async: true, cancellationToken).ConfigureAwait(false);
            mirror.Suspects.Add([Suspects.AnyTable], $"The {back.Node.Role.Name()} has no state of the mirror's, so nobody knows what its tables hold.");
            await mirror.SaveSuspectsAsync(async: true).ConfigureAwait(false);
            return mark;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                known = await StateStore.LockAsync(back.Node, back.Physical, async: true, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
            {
                await back.ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
                await EndOthersAsync(back, cancellationToken).ConfigureAwait(false);
            }
        }

        // Until the row is held, a process that does not know of the other epoch can still have gone on alone here.
        if (known is not null && known.LedAlone(back.Node.Role))
            throw NodeErrors.Split(mirror.Primary, mirror.Standby);
        await StateStore.WriteAsync(back.Node, back.Physical, mark, async: true, cancellationToken).ConfigureAwait(false);
        await StateStore.EndAsync(back.Physical, commit: true, async: true, cancellationToken).ConfigureAwait(false);
        return mark;
    }

    // Connections of our account on a node that takes no part: their clients are gone, or do not know yet that they wait for nothing.
    private static async Task EndOthersAsync(OwnConnection back, CancellationToken cancellationToken)
    {
        var threads = new List<long>();
        using (var command = back.Physical.CreateCommand())
        {
            command.CommandText = "SELECT ID FROM information_schema.PROCESSLIST WHERE ID<>CONNECTION_ID() AND USER=SUBSTRING_INDEX(USER(),'@',1) LIMIT 10000";
            using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
            while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
                threads.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        foreach (var thread in threads)
        {
            try
            {
                await back.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"KILL {thread}"), cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchThread)
            {
                // It has gone by itself.
            }
        }
    }

    /// <summary>
    /// Compares the proofs: a transaction that only one node has was broken off between its two COMMITs. What was written behind it may be
    /// derived from it, so that all tables of that epoch are suspect.
    /// </summary>
    private async Task SettleAsync(OwnConnection lead, OwnConnection back, CancellationToken cancellationToken)
    {
        var (ours, theirs) = (await ProofsAsync(lead, cancellationToken).ConfigureAwait(false), await ProofsAsync(back, cancellationToken).ConfigureAwait(false));
        var isEqual = ours.Count == theirs.Count && ours.All(p => theirs.TryGetValue(p.Key, out var other) && other.Number == p.Value.Number);
        if (isEqual)
            return;
        var tables = ours.Values.Concat(theirs.Values).SelectMany(p => p.Tables).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        mirror.Suspects.Add(tables, "A transaction was committed on one node only when the other was lost.");
        await mirror.SaveSuspectsAsync(async: true).ConfigureAwait(false);
    }

    private static async Task<Dictionary<string, (long Number, string[] Tables)>> ProofsAsync(OwnConnection connection, CancellationToken cancellationToken)
    {
        using var command = connection.Physical.CreateCommand();
        command.CommandText = $"SELECT id,number,tables FROM {connection.Node.Tables.Writer} LIMIT {int.MaxValue}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var proofs = new Dictionary<string, (long, string[])>(StringComparer.Ordinal);
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            proofs[reader.GetString(0)] = (reader.GetInt64(1), reader.GetString(2).Split('\n'));
        return proofs;
    }

    /// <summary>
    /// The barrier: while the lead's row is held exclusively no write is about to commit. The returned node's row is written first; as
    /// long as the lead's says that it leads alone, that counts for nothing.
    /// </summary>
    private async Task AdmitAsync(Formation formation, OwnConnection lead, OwnConnection back, Replay replay, CancellationToken cancellationToken)
    {
        var barrier = await OwnConnection.OpenAsync(mirror, formation.Lead, "", cancellationToken).ConfigureAwait(false);
        await using var ofBarrier = barrier.ConfigureAwait(false);
        var row = await StateStore.LockAsync(formation.Lead, barrier.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (row?.Token != formation.Token)
            throw new MirroredDbException("The epoch has changed while a node caught up; it starts again.", null, isTransient: true);
        while (!(await replay.StepAsync(cancellationToken).ConfigureAwait(false)).IsDrained)
        {
        }

        await mirror.LoadSuspectsAsync(lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        var suspects = mirror.Suspects.Snapshot().Select(s => s.Table).ToList();
        await CopyAsync(lead, back, suspects, cancellationToken).ConfigureAwait(false);
        await back.ExecuteAsync($"DELETE FROM {back.Node.Tables.Applied};DELETE FROM {back.Node.Tables.Journal};DELETE FROM {back.Node.Tables.Suspect}", cancellationToken).ConfigureAwait(false);

        var next = row.Next(MirrorMode.Mirrored, formation.Lead.Role, $"the {back.Node.Role.Name()} has caught up");
        await StateStore.WriteAsync(back.Node, back.Physical, next, async: true, cancellationToken).ConfigureAwait(false);
        await StateStore.WriteAsync(formation.Lead, barrier.Physical, next, async: true, cancellationToken).ConfigureAwait(false);
        await barrier.ExecuteAsync($"DELETE FROM {formation.Lead.Tables.Suspect}", cancellationToken).ConfigureAwait(false);
        await mirror.PublishAsync(new Formation(formation.Lead, back.Node, next), () => StateStore.EndAsync(barrier.Physical, commit: true, async: true, cancellationToken)).ConfigureAwait(false);
        mirror.Suspects.Clear(suspects);
    }

    private static async Task CopyAsync(OwnConnection lead, OwnConnection back, List<string> suspects, CancellationToken cancellationToken)
    {
        var copy = new TableCopy(lead.Physical, back.Physical, cancellationToken);
        var (from, to) = (lead.Node.ConnectionString.Database, back.Node.ConnectionString.Database);
        var tables = suspects.Contains(Suspects.AnyTable) ? [.. suspects.Where(s => s != Suspects.AnyTable), .. await copy.TablesAsync(from).ConfigureAwait(false)] : suspects;
        foreach (var table in tables.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var dot = table.IndexOf('.', StringComparison.Ordinal);
            var isOwn = dot < 0 || table[..dot].Equals(from, StringComparison.OrdinalIgnoreCase);
            await copy.CopyAsync(isOwn ? from : table[..dot], isOwn ? to : table[..dot], table[(dot + 1)..]).ConfigureAwait(false);
        }

        await copy.CopyAsync(from, to, MirrorTables.Prefix + "writer").ConfigureAwait(false);
    }
}
