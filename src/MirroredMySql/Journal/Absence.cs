using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;
using MirroredMySql.Synchronization;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>What is done while a node is absent: what it misses is measured and bounded, and it is brought back when it is time.</summary>
internal sealed class Absence(Mirror mirror, TimeProvider time)
{
    private readonly ReturnPolicy _policy = new(mirror.Options.ReconnectInterval, time);
    private JournalMeter? _meter;

    /// <summary>No node is absent.</summary>
    public void End()
    {
        _policy.Present();
        mirror.Journal = JournalStatus.Empty;
    }

    /// <summary>A node is absent.</summary>
    public async Task LookAsync(Formation formation, CancellationToken cancellationToken)
    {
        var absent = mirror.Other(formation.Lead);
        if (_policy.Absent())
            Log.NodeFlaps(mirror.Logger, absent.Name, _policy.Delay);
        try
        {
            await BoundJournalAsync(formation, cancellationToken).ConfigureAwait(false);
            if (!_policy.IsDue)
                return;
            if (await new CatchUp(mirror).RunAsync(cancellationToken).ConfigureAwait(false))
                End();
            else
                _policy.Failed();
        }
        catch (Exception e) when (e is not OperationCanceledException && DriverFailure.ClassifyConnect(e, cancellationToken) != FailureKind.Misuse || e is MirroredDbException)
        {
            _policy.Failed();
            absent.LastError = e;
            Log.NotCaughtUp(mirror.Logger, e, absent.Name);
        }
        catch
        {
            _policy.Failed();
            throw;
        }
    }

    /// <summary>Measures what the absent node has missed, and gives the journal up when that is too much.</summary>
    private async Task BoundJournalAsync(Formation formation, CancellationToken cancellationToken)
    {
        if (_meter?.Lead != formation.Lead)
            _meter = new JournalMeter(formation.Lead);
        var lead = await OwnConnection.OpenAsync(mirror, formation.Lead, TableCopy.Prologue, cancellationToken).ConfigureAwait(false);
        await using var ofLead = lead.ConfigureAwait(false);
        mirror.Journal = await _meter.MeasureAsync(lead.Physical, cancellationToken).ConfigureAwait(false);
        var bound = mirror.Journal.Exceeds(mirror.Options);
        if (formation.State.Mode == MirrorMode.Resyncing ? mirror.Journal.Rows == 0 : bound is null)
            return;
        // Whoever brings the node back at this moment knows better: the journal is shrinking.
        if (await ReturnLease.TryTakeAsync(mirror, formation.Lead, cancellationToken).ConfigureAwait(false) is not { } lease)
            return;
        await using var ofLease = lease.ConfigureAwait(false);
        var row = await StateStore.ReadAsync(formation.Lead, lead.Physical, async: true, cancellationToken).ConfigureAwait(false);
        if (row?.Token != formation.Token || !row.LedAlone(formation.Lead.Role))
            return;
        var resync = new Resync(mirror, lead);
        if (row.Mode == MirrorMode.Resyncing)
            await resync.EmptyAsync(cancellationToken).ConfigureAwait(false);
        // The mode would wait for a schema change, and writers for the mode.
        else if (bound is not null && !await ChangeTrace.IsAnyAsync(lead, cancellationToken).ConfigureAwait(false))
            await resync.BeginAsync(formation, row, mirror.Journal, bound, cancellationToken).ConfigureAwait(false);
        mirror.Journal = await _meter.MeasureAsync(lead.Physical, cancellationToken).ConfigureAwait(false);
    }
}
