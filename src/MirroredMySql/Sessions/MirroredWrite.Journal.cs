using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// Writes that no transaction holds, such as schema changes, while the other node is absent. The journal knows of them before they run:
/// should the process die in between, their tables are copied when the node is back.
/// </summary>
internal sealed partial class MirroredWrite
{
    private bool _isAnnounced;

    private bool IsJournaledAlone => !IsReversible && _session.Formation.Follower is null && _statement.Kind != StatementKind.Admin;

    /// <summary>Puts it into the journal by its tables.</summary>
    private async ValueTask AnnounceAsync(bool async)
    {
        if (!IsJournaledAlone)
            return;
        if (!await _session.IsKnownToAllAsync(async).ConfigureAwait(false))
            throw TransactionErrors.EpochChanged(_lead.Node, null);
        _session.Writer.Advance();
        await OnJournalAsync(JournalSql.Insert(_lead.Node, _session.Writer, Tables, null, _session.Mirror.Syntax), async).ConfigureAwait(false);
        _isAnnounced = true;
    }

    /// <summary>It has run: a schema change can be run again by its text, and for the rest the tables have to do.</summary>
    private async ValueTask ConfirmAsync(RecordedWrite write, bool async)
    {
        if (!IsJournaledAlone)
            return;
        if (!_isAnnounced)
            await AnnounceLateAsync(async).ConfigureAwait(false);
        if (_statement.Kind == StatementKind.Ddl && JournalCodec.Encode(_session.Recorded([write], isSchemaChange: true)) is { } entry)
        {
            // The announcement may be gone: copied by its tables, or the journal has been emptied meanwhile.
            var insert = JournalSql.Insert(_lead.Node, _session.Writer, Tables, entry, _session.Mirror.Syntax).TrimEnd(';');
            await OnJournalAsync($"{insert} ON DUPLICATE KEY UPDATE entry=VALUES(entry)", async).ConfigureAwait(false);
        }
    }

    // The other node was lost meanwhile. Whoever is told to run it again must not be: the lead has it.
    private async ValueTask AnnounceLateAsync(bool async)
    {
        try
        {
            await AnnounceAsync(async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Suspect($"{VerbText} ran on one node and could not be put into its journal.", e);
            throw TransactionErrors.InDoubtOnLead(_lead.Node, e);
        }
    }

    /// <summary>It has failed and changed nothing.</summary>
    private async ValueTask WithdrawAsync(bool async)
    {
        if (_isAnnounced)
            await OnJournalAsync($"DELETE FROM {_lead.Node.Tables.Journal} WHERE {Announcement}", async).ConfigureAwait(false);
    }

    private string Announcement => string.Create(CultureInfo.InvariantCulture, $"writer='{_session.Writer.AloneId}' AND number={_session.Writer.Number}");

    // Beside the session's connection, which may hold table locks.
    private async ValueTask OnJournalAsync(string sql, bool async)
    {
        var connection = await _lead.Node.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
        await using var end = connection.Ending(async).ConfigureAwait(false);
        await StateStore.ExecuteAsync(connection, sql, async, CancellationToken.None).ConfigureAwait(false);
    }
}
