using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Sessions;

namespace MirroredMySql.Topology;

/// <summary>Gives the lead back to the primary when that has been in step for long enough, where the options say so.</summary>
internal sealed class Failback(Mirror mirror, TimeProvider time)
{
    private string _token = "";
    private DateTimeOffset _since;

    /// <summary>Looks whether it is time.</summary>
    /// <returns>When to look again at the latest, or null when there is nothing to wait for.</returns>
    public async Task<TimeSpan?> LookAsync(CancellationToken cancellationToken)
    {
        var formation = mirror.Formation;
        if (formation.Token != _token)
            (_token, _since) = (formation.Token, time.GetUtcNow());
        if (!mirror.Options.AutoFailback || formation.Follower != mirror.Primary)
            return null;
        var left = mirror.Options.AutoFailbackDelay - (time.GetUtcNow() - _since);
        if (left > TimeSpan.Zero)
            return left;
        try
        {
            // The switch would wait for it, and writers for the switch.
            var lead = await OwnConnection.OpenAsync(mirror, formation.Lead, "", cancellationToken).ConfigureAwait(false);
            await using var ofLead = lead.ConfigureAwait(false);
            if (await ChangeTrace.IsAnyAsync(lead, cancellationToken).ConfigureAwait(false))
                return mirror.Options.ReconnectInterval;
            await mirror.SwitchAsync(mirror.Primary, force: false, cancellationToken, "the primary has been in step again for long enough").ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // Another process has been faster, or a writer takes its time: no failure, and tried again.
            Log.NotFailedBack(mirror.Logger, e, mirror.Primary.Name);
            return mirror.Options.ReconnectInterval;
        }
    }
}
