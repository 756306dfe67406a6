using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>The suspect tables as all processes know them: a table on the lead.</summary>
internal sealed partial class Mirror
{
    /// <summary>Writes down those that only this process knows of. It is asked to before a COMMIT, so that none is forgotten with the process.</summary>
    public async ValueTask SaveSuspectsAsync(bool async)
    {
        var unsaved = Suspects.Unsaved;
        if (unsaved.Count == 0)
            return;
        var lead = _formation.Lead;
        try
        {
            using var connection = await lead.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
            var rows = unsaved.Select(s => $"({Quoted(Cut(s.Table, 190))},{Quoted(Cut(s.Reason, 500))},'{s.Since.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}')");
            await StateStore.ExecuteAsync(
                connection, $"INSERT IGNORE INTO {lead.Tables.Suspect} (name,reason,since) VALUES {string.Join(',', rows)}", async, CancellationToken.None).ConfigureAwait(false);
            Suspects.Saved(unsaved);
        }
        catch (Exception e)
        {
            // They stay unsaved, and are tried again with the next commit and by the monitor.
            Log.SuspectsNotSaved(_logger, e, lead.Name);
        }

        string Quoted(string text) => Identifier.Literal(text, lead.Facts!.Syntax.HasBackslashEscapes);
    }

    /// <summary>Takes over what other processes have written down.</summary>
    public async ValueTask LoadSuspectsAsync(DbConnection lead, bool async, CancellationToken cancellationToken)
    {
        using var command = lead.CreateCommand();
        command.CommandText = $"SELECT name,reason,since FROM {_formation.Lead.Tables.Suspect} LIMIT {int.MaxValue}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        var saved = new List<SuspectTable>();
        while (await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            saved.Add(new SuspectTable(reader.GetString(0), reader.GetString(1), new DateTimeOffset(reader.GetDateTime(2), TimeSpan.Zero), 1));
        Suspects.Replace(saved);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
