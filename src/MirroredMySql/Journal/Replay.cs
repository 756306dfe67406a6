using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>One entry of the journal.</summary>
internal sealed record JournalEntry(long Id, string Writer, long Number, IReadOnlyList<string> Tables, byte[] Bytes);

/// <summary>
/// Runs the journal's entries on the node that has missed them, in their order and each exactly once: an entry and the note that it was
/// applied are one transaction there. Only then does it leave the journal.
/// </summary>
/// <param name="mirror">The pair.</param>
/// <param name="lead">A connection to the lead.</param>
/// <param name="target">The node that has missed them.</param>
/// <param name="token">What the target's transactions are fenced by.</param>
internal sealed class Replay(Mirror mirror, OwnConnection lead, Node target, string token) : IAsyncDisposable
{
    // How many entries share a transaction on the target; its COMMIT is what costs.
    private const int BatchSize = 200;

    private OwnConnection? _connection;
    private string _session = "";

    /// <summary>How many entries have been applied so far.</summary>
    public long Applied { get; private set; }

    /// <summary>Takes the next entries from the journal to the target.</summary>
    /// <returns>How many there were; less than a full batch when the journal is drained but for what has come meanwhile.</returns>
    public async Task<(int Count, bool IsDrained)> StepAsync(CancellationToken cancellationToken)
    {
        var entries = await ReadAsync(cancellationToken).ConfigureAwait(false);
        for (var at = 0; at < entries.Count;)
            at += await ApplyAsync(entries, at, cancellationToken).ConfigureAwait(false);
        if (entries.Count > 0)
        {
            await mirror.SaveSuspectsAsync(async: true).ConfigureAwait(false);
            await lead.ExecuteAsync(
                $"DELETE FROM {lead.Node.Tables.Journal} WHERE id IN ({string.Join(',', entries.Select(e => e.Id.ToString(CultureInfo.InvariantCulture)))})",
                cancellationToken).ConfigureAwait(false);
        }

        return (entries.Count, entries.Count < BatchSize);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<List<JournalEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT id,writer,number,tables,entry FROM {lead.Node.Tables.Journal} ORDER BY id LIMIT {BatchSize}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var entries = new List<JournalEntry>();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
        {
            entries.Add(new JournalEntry(
                reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3).Split('\n'), (byte[])reader.GetValue(4)));
        }

        return entries;
    }

    // As many as share a session and a transaction; at least one.
    private async Task<int> ApplyAsync(List<JournalEntry> entries, int at, CancellationToken cancellationToken)
    {
        if (entries[at].Bytes.Length == 0)
        {
            mirror.Suspects.Add(entries[at].Tables, "A write that cannot be run again was made while the other node was absent.");
            return 1;
        }

        var group = new List<(JournalEntry Entry, RecordedTransaction Transaction)>();
        var session = "";
        for (var i = at; i < entries.Count && entries[i].Bytes.Length > 0; i++)
        {
            using var maker = lead.Physical.CreateCommand();
            var transaction = JournalCodec.Decode(entries[i].Bytes, maker);
            var needed = SessionOf(transaction);
            if (group.Count > 0 && (needed != session || transaction.IsSchemaChange))
                break;
            session = needed;
            group.Add((entries[i], transaction));
            if (transaction.IsSchemaChange)
                break;
        }

        try
        {
            await ConnectAsync(session, group[0].Transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (DriverFailure.Classify(e, null) == FailureKind.Statement)
        {
            foreach (var each in group)
                mirror.Suspects.Add(each.Entry.Tables, "A write's session could not be set up on the node that had missed it.", e);
            return group.Count;
        }

        // One that fails must not take the others with it.
        var failed = await TryAsync(group, cancellationToken).ConfigureAwait(false);
        if (failed is not null && group.Count > 1)
        {
            foreach (var each in group)
                await ApplyOneAsync(each.Entry, each.Transaction, cancellationToken).ConfigureAwait(false);
        }
        else if (failed is not null)
        {
            Suspect(group[0].Entry, failed);
        }

        Applied += group.Count;
        return group.Count;
    }

    private async Task ApplyOneAsync(JournalEntry entry, RecordedTransaction transaction, CancellationToken cancellationToken)
    {
        if (await TryAsync([(entry, transaction)], cancellationToken).ConfigureAwait(false) is { } error)
            Suspect(entry, error);
    }

    private void Suspect(JournalEntry entry, Exception error) =>
        mirror.Suspects.Add(entry.Tables, "A write of the journal failed on the node that had missed it.", error);

    /// <returns>The error of a statement; the transaction is then rolled back.</returns>
    private async Task<Exception?> TryAsync(List<(JournalEntry Entry, RecordedTransaction Transaction)> group, CancellationToken cancellationToken)
    {
        var connection = _connection!;
        try
        {
            await connection.ExecuteAsync("START TRANSACTION", cancellationToken).ConfigureAwait(false);
            foreach (var (entry, transaction) in group)
            {
                // A schema change commits what stands before it: it would be noted as done before it is.
                if (!transaction.IsSchemaChange && !await NoteAsync(entry, cancellationToken).ConfigureAwait(false))
                    continue;
                foreach (var write in transaction.Writes)
                    await write.RunAsync(connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
                if (transaction.IsSchemaChange)
                    await NoteAsync(entry, cancellationToken).ConfigureAwait(false);
            }

            await connection.ExecuteAsync($"SET {Sessions.Fence.Assignment(target, token)};COMMIT", cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (!Sessions.Fence.IsStale(e)
            && DriverFailure.Classify(e, connection.Physical) is FailureKind.Statement or FailureKind.Deadlock or FailureKind.Misuse)
        {
            await connection.ExecuteAsync("ROLLBACK;SET timestamp=DEFAULT", cancellationToken).ConfigureAwait(false);
            return e;
        }
    }

    // False when it is noted already: the process that applied it did not live to empty the journal.
    private async Task<bool> NoteAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        using var command = _connection!.Physical.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"INSERT IGNORE INTO {target.Tables.Applied} (writer,number) VALUES ('{entry.Writer}',{entry.Number})");
        return await command.NonQueryAsync(async: true, cancellationToken).ConfigureAwait(false) > 0;
    }

    private static string SessionOf(RecordedTransaction transaction) =>
        transaction.Prelude.Count == 0 && transaction.Database.Length == 0
            ? "-"
            : Convert.ToHexString(JournalCodec.Encode(transaction with { Writes = [], IsSchemaChange = false })!);

    private async Task ConnectAsync(string session, RecordedTransaction first, CancellationToken cancellationToken)
    {
        if (_connection is not null && _session == session)
            return;
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
        var connection = await OwnConnection.OpenAsync(mirror, target, mirror.PrologueOf(target), cancellationToken).ConfigureAwait(false);
        (_connection, _session) = (connection, session);
        if (first.Database.Length > 0)
            await connection.ExecuteAsync($"USE {Sql.Identifier.Quote(first.Database)}", cancellationToken).ConfigureAwait(false);
        foreach (var statement in first.Prelude)
            await statement.RunAsync(connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
    }
}
