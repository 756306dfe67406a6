using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Gives a journal up that has passed its bounds: the absent node will be given all tables instead. What follows holds after each step, should
/// the process not live to make the next one: first all tables are on record as suspect, then writes are journaled no more, then the
/// journal is emptied.
/// </summary>
/// <param name="mirror">The pair.</param>
/// <param name="lead">A connection to the lead.</param>
internal sealed class Resync(Mirror mirror, OwnConnection lead)
{
    // How many entries go at once, so that no writer notices.
    private const int ChunkSize = 2000;

    /// <returns>False when another epoch has begun.</returns>
    public async Task<bool> BeginAsync(Formation formation, MirrorState row, JournalStatus size, string bound, CancellationToken cancellationToken)
    {
        var absent = mirror.Other(formation.Lead);
        var reason = $"The {absent.Role.Name()} has missed more than {bound} allows.";
        mirror.Suspects.Add([Suspects.AnyTable], reason);
        // By a statement of its own: this process may know of it already, and the lead not any more.
        await lead.ExecuteAsync(
            $"INSERT IGNORE INTO {lead.Node.Tables.Suspect} (name,reason,since) VALUES ('{Suspects.AnyTable}',{Identifier.Literal(reason, hasBackslashEscapes: true)},UTC_TIMESTAMP(6))",
            cancellationToken).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.ResyncRecorded);
        if (!await mirror.ReplaceStateAsync(formation, row with { Mode = MirrorMode.Resyncing, Reason = reason }, lead, cancellationToken).ConfigureAwait(false))
            return false;
        Log.ResyncNeeded(mirror.Logger, absent.Name, bound, size.Rows, size.Bytes, size.Age);
        ProtocolSteps.Reached(ProtocolSteps.ResyncAnnounced);
        await EmptyAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Empties the journal, which may be the second time. Schema changes stay: no copy of the tables would bring views and routines.
    /// </summary>
    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        while (await EmptySomeAsync(cancellationToken).ConfigureAwait(false))
        {
        }
    }

    private async Task<bool> EmptySomeAsync(CancellationToken cancellationToken)
    {
        var (ids, elsewhere) = (new List<long>(), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        using (var command = lead.Physical.CreateCommand())
        {
            command.CommandText = FormattableString.Invariant(
                $"SELECT id,tables FROM {lead.Node.Tables.Journal} WHERE RIGHT(entry,{JournalCodec.SchemaChangeEnd.Length})<>'{JournalCodec.SchemaChangeEnd}' ORDER BY id LIMIT {ChunkSize}");
            using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
            while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            {
                ids.Add(reader.GetInt64(0));
                elsewhere.UnionWith(mirror.Elsewhere(reader.GetString(1).Split('\n')));
            }
        }

        if (ids.Count == 0)
            return false;
        if (elsewhere.Count > 0)
            mirror.Suspects.Add(elsewhere, "It was written while the other node was absent, and the journal has been given up.");
        await mirror.SaveSuspectsAsync(lead, cancellationToken).ConfigureAwait(false);
        // By number, so that no gap is locked that a writer's entry belongs into.
        await lead.ExecuteAsync(
            $"DELETE FROM {lead.Node.Tables.Journal} WHERE id IN ({string.Join(',', ids.Select(id => id.ToString(CultureInfo.InvariantCulture)))})", cancellationToken).ConfigureAwait(false);
        return true;
    }
}
