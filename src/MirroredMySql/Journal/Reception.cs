using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Takes a node in that was away: its state row is given a token that no writer has, so that what was fenced there before is waited for,
/// or ended, and nothing follows. Before that row is overwritten, whatever the node wrote alone is set aside on the lead.
/// </summary>
internal sealed class Reception(Mirror mirror, OwnConnection lead, OwnConnection back)
{
    // How often stale transactions on the returned node are waited for before their connections are ended.
    private const int Attempts = 3;

    // By which a process knows the node again that another one has received and not admitted.
    private const string AfterSplit = "it is back after it led alone, and what it wrote is set aside";

    private readonly List<SuspectTable> _suspects = [];

    /// <summary>
    /// Whether the node led alone: what the journal's writes read there may not be what they read on the lead, so that their tables are to
    /// be copied too.
    /// </summary>
    public bool WasRival { get; private set; }

    /// <summary>The epoch in which it led alone, as far as its row still tells.</summary>
    public string RivalToken { get; private set; } = MirrorState.None;

    /// <param name="row">The lead's row.</param>
    /// <param name="isDecided">Whether somebody has said that the lead counts; otherwise the policy has to.</param>
    /// <param name="cancellationToken">Cancels it; nothing has changed on the returned node then.</param>
    /// <returns>The state of the returned node from now on.</returns>
    /// <exception cref="MirroredDbException">Both nodes have led alone, and the lead is not the one that counts; or its row has changed.</exception>
    public async Task<MirrorState> RunAsync(MirrorState row, bool isDecided, CancellationToken cancellationToken)
    {
        var mark = row.Next(MirrorMode.CatchingUp, row.Lead, "it is back, and is given what it has missed") with { Epoch = row.Epoch };
        if (await StateStore.ReadAsync(back.Node, back.Physical, async: true, cancellationToken).ConfigureAwait(false) is null)
        {
            await SuspectAsync([Suspects.AnyTable], $"The {back.Node.Role.Name()} has no state of the mirror's, so nobody knows what its tables hold.", cancellationToken).ConfigureAwait(false);
            mirror.Suspects.Saved(_suspects);
            await StateStore.CreateAsync(back.Node, back.Physical, mark, async: true, cancellationToken).ConfigureAwait(false);
            return mark;
        }

        // Shared, so that writes go on; but should another process receive the lead itself, one of the two finds its lead changed.
        await lead.ExecuteAsync("SET innodb_lock_wait_timeout=5,wait_timeout=30;START TRANSACTION", cancellationToken).ConfigureAwait(false);
        await RequireLeadAsync(row, cancellationToken).ConfigureAwait(false);
        // Until the row is held, a process that does not know of the other epoch can still have gone on alone here.
        var known = await LockAsync(cancellationToken).ConfigureAwait(false);
        var kinship = known is null ? Kinship.Stranger : Lineages.Of(row, known, back.Node.Role);
        WasRival = kinship is Kinship.Rival or Kinship.StrangeRival || (kinship == Kinship.Received && known!.Reason == AfterSplit);
        if (WasRival)
            (mark, RivalToken) = (mark with { Reason = AfterSplit }, known!.Token);
        var isUnlisted = mirror.Winner == lead.Node && known?.Mode == MirrorMode.Resyncing;
        if (kinship is Kinship.Rival or Kinship.StrangeRival && !isDecided && (mirror.Winner != lead.Node || isUnlisted))
            throw mirror.AtOdds(Lineage.Split, isUnlisted);
        if (kinship is not (Kinship.Behind or Kinship.Received))
            await SetAsideAsync(known?.Token ?? MirrorState.None, cancellationToken).ConfigureAwait(false);
        if (kinship is Kinship.Stranger or Kinship.StrangeRival)
            await SuspectAsync([Suspects.AnyTable], $"Nobody knows when the {back.Node.Role.Name()} parted from the other node, and hence what its tables hold.", cancellationToken).ConfigureAwait(false);

        await StateStore.WriteAsync(back.Node, back.Physical, mark, async: true, cancellationToken).ConfigureAwait(false);
        // The lead's first: what was set aside there is there for good before the last trace of it on the other node may go.
        await lead.ExecuteAsync("COMMIT;SET innodb_lock_wait_timeout=DEFAULT,wait_timeout=DEFAULT", cancellationToken).ConfigureAwait(false);
        mirror.Suspects.Saved(_suspects);
        Sessions.ProtocolSteps.Reached(Sessions.ProtocolSteps.SetAside);
        await StateStore.EndAsync(back.Physical, commit: true, async: true, cancellationToken).ConfigureAwait(false);
        return mark;
    }

    private async Task RequireLeadAsync(MirrorState row, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT token FROM {lead.Node.Tables.State} WHERE id=1 LIMIT 1 LOCK IN SHARE MODE";
        if ((await SqlLiteral.RowAsync(command, async: true, cancellationToken).ConfigureAwait(false))[0] as string != row.Token)
            throw new MirroredDbException("The epoch has changed while a node was received; it is tried again.", null, isTransient: true);
    }

    private async Task<MirrorState?> LockAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StateStore.LockAsync(back.Node, back.Physical, async: true, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && attempt < Attempts)
            {
                await back.ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
                // On a node that takes no part: their clients are gone, or do not know yet that they wait for nothing.
                await Clients.EndOthersAsync(back.Physical, async: true, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SetAsideAsync(string token, CancellationToken cancellationToken)
    {
        var export = new ConflictExport(lead, back, token);
        await export.RunAsync(cancellationToken).ConfigureAwait(false);
        if (export.Tables.Count == 0)
            return;
        await SuspectAsync(export.Tables, $"The {back.Node.Role.Name()} wrote to it while both nodes led alone.", cancellationToken).ConfigureAwait(false);
        if (export.Count > 0)
            Log.WritesSetAside(mirror.Logger, back.Node.Name, export.Count, lead.Node.Tables.Conflict, lead.Node.Name);
    }

    // On the lead before the returned node's row changes: whoever goes on from there finds them.
    private async Task SuspectAsync(IReadOnlyCollection<string> tables, string reason, CancellationToken cancellationToken)
    {
        mirror.Suspects.Add(tables, reason);
        var suspects = mirror.Suspects.Snapshot().Where(s => tables.Contains(s.Table, StringComparer.OrdinalIgnoreCase)).ToList();
        await lead.ExecuteAsync(Mirror.InsertSuspects(lead.Node, suspects), cancellationToken).ConfigureAwait(false);
        _suspects.AddRange(suspects);
    }
}
