using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>The suspect tables as all processes know them: a table on each node, of which the lead's counts.</summary>
internal sealed partial class Mirror
{
    /// <summary>Writes down those that only this process knows of. It is asked to before a COMMIT, so that none is forgotten with the process.</summary>
    public async ValueTask SaveSuspectsAsync(bool async)
    {
        var unsaved = Suspects.Unsaved;
        if (unsaved.Count == 0)
            return;
        // On both, because either may lead tomorrow.
        var (formation, areSaved) = (_formation, true);
        foreach (var node in new[] { formation.Lead, formation.Follower }.OfType<Node>())
            areSaved &= await TrySaveAsync(node, unsaved, async).ConfigureAwait(false);
        if (areSaved)
            Suspects.Saved(unsaved);
    }

    private async ValueTask<bool> TrySaveAsync(Node node, IReadOnlyCollection<SuspectTable> unsaved, bool async)
    {
        try
        {
            var connection = await node.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
            await using var end = connection.Ending(async).ConfigureAwait(false);
            await StateStore.ExecuteAsync(connection, InsertSuspects(node, unsaved), async, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            // They stay unsaved, and are tried again with the next commit and by the monitor.
            Log.SuspectsNotSaved(_logger, e, node.Name);
            return false;
        }
    }

    /// <summary>The same while the lead is alone, for whoever must not go on before they are written down.</summary>
    /// <exception cref="DbException">They are not.</exception>
    public async Task SaveSuspectsAsync(OwnConnection lead, CancellationToken cancellationToken)
    {
        if (Suspects.Unsaved is not { Count: > 0 } unsaved)
            return;
        await lead.ExecuteAsync(InsertSuspects(lead.Node, unsaved), cancellationToken).ConfigureAwait(false);
        Suspects.Saved(unsaved);
    }

    /// <summary>The statement that writes suspect tables down, beside those that are there already.</summary>
    public static string InsertSuspects(Node node, IReadOnlyCollection<SuspectTable> suspects)
    {
        var rows = suspects.Select(s => $"({Quoted(Cut(s.Table, 190))},{Quoted(Cut(s.Reason, 500))},'{s.Since.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}')");
        return $"INSERT IGNORE INTO {node.Tables.Suspect} (name,reason,since) VALUES {string.Join(',', rows)}";

        string Quoted(string text) => Identifier.Literal(text, node.Facts!.Syntax.HasBackslashEscapes);
    }

    /// <summary>
    /// Takes over what other processes have written down, and what they have mended: a table that this process believes to be known as suspect
    /// would not be written down again.
    /// </summary>
    public async Task RefreshSuspectsAsync(CancellationToken cancellationToken)
    {
        var lead = _formation.Lead;
        try
        {
            var connection = await lead.OpenAsync(async: true, cancellationToken).ConfigureAwait(false);
            await using var end = connection.Ending(async: true).ConfigureAwait(false);
            await LoadSuspectsAsync(connection, async: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException)
        {
            Log.SuspectsNotRead(_logger, e, lead.Name);
        }
    }

    /// <summary>Takes over what other processes have written down.</summary>
    public async ValueTask LoadSuspectsAsync(DbConnection lead, bool async, CancellationToken cancellationToken)
    {
        var era = Suspects.Era;
        using var command = lead.CreateCommand();
        command.CommandText = $"SELECT name,reason,since FROM {_formation.Lead.Tables.Suspect} LIMIT {int.MaxValue}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        var saved = new List<SuspectTable>();
        while (await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            saved.Add(new SuspectTable(reader.GetString(0), reader.GetString(1), new DateTimeOffset(reader.GetDateTime(2), TimeSpan.Zero), 1));
        Suspects.Replace(saved, era);
    }

    /// <summary>Those of some tables that are not in the nodes' own databases: <see cref="Suspects.AnyTable"/> does not stand for them.</summary>
    public IEnumerable<string> Elsewhere(IEnumerable<string> tables) =>
        tables.Where(t => t.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
            && !t.AsSpan(0, dot).Equals(_formation.Lead.ConnectionString.Database, StringComparison.OrdinalIgnoreCase));

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
