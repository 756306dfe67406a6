using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>One entry of the journal.</summary>
internal sealed record JournalEntry(long Id, string Writer, long Number, IReadOnlyList<string> Tables, byte[] Bytes)
{
    /// <summary>Whose transaction it is, and which.</summary>
    public (string Writer, long Number) Key => (Writer, Number);
}

/// <summary>
/// Runs the journal's entries on the node that has missed them, in their order and each exactly once: an entry and the note that it was
/// applied are one transaction there. Only then does it leave the journal.
/// </summary>
/// <param name="mirror">The pair.</param>
/// <param name="lead">A connection to the lead.</param>
/// <param name="target">The node that has missed them.</param>
/// <param name="token">What the target's transactions are fenced by.</param>
/// <param name="wasRival">
/// Whether the target has led alone. What a write reads there may then not be what it read on the lead, and all that is replayed is suspect.
/// </param>
internal sealed class Replay(Mirror mirror, OwnConnection lead, Node target, string token, bool wasRival) : IAsyncDisposable
{
    // How many entries share a transaction on the target; its COMMIT is what costs.
    private const int BatchSize = 200;

    // How much of the journal is held in memory at once; a single entry may be larger.
    private const long BatchBytes = 16 << 20;

    // How long a row lock is waited for before its holder is ended; seconds.
    private const int LockTimeout = 10;

    private readonly Pace _pace = new();
    private OwnConnection? _connection;
    private string _session = "";

    /// <summary>How many entries have been applied so far.</summary>
    public long Applied { get; private set; }

    /// <summary>Takes the next entries from the journal to the target.</summary>
    /// <param name="cancellationToken">Cancels it between two commands.</param>
    /// <param name="time">How long it should take at most, judged by the batches before; one entry is the least.</param>
    /// <returns>Whether the journal is drained but for what has come meanwhile.</returns>
    public async Task<bool> StepAsync(CancellationToken cancellationToken, TimeSpan? time = null)
    {
        var began = Stopwatch.GetTimestamp();
        var limit = time is { } most ? _pace.Fitting(most, BatchSize) : BatchSize;
        var (ids, isAll) = await NextAsync(limit, cancellationToken).ConfigureAwait(false);
        if (ids.Count > 0)
        {
            var entries = await ReadAsync(ids, cancellationToken).ConfigureAwait(false);
            for (var at = 0; at < entries.Count;)
                at += await ApplyAsync(entries, at, cancellationToken).ConfigureAwait(false);
            ProtocolSteps.Reached(ProtocolSteps.BatchCommitted);
            if (wasRival)
                mirror.Suspects.Add([.. entries.SelectMany(e => e.Tables).Distinct(StringComparer.OrdinalIgnoreCase)], "It was written to while both nodes led alone.");
            await mirror.SaveSuspectsAsync(lead, cancellationToken).ConfigureAwait(false);
            await lead.ExecuteAsync($"DELETE FROM {lead.Node.Tables.Journal} WHERE id IN ({ids})", cancellationToken).ConfigureAwait(false);
            ProtocolSteps.Reached(ProtocolSteps.BatchRemoved);
            Applied += entries.Count;
            _pace.Took(Stopwatch.GetElapsedTime(began), entries.Count);
        }

        return isAll;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private readonly record struct Ids(IReadOnlyList<long> List)
    {
        public int Count => List.Count;

        public override string ToString() => string.Join(',', List.Select(id => id.ToString(CultureInfo.InvariantCulture)));
    }

    private async Task<(Ids Ids, bool IsAll)> NextAsync(int limit, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = FormattableString.Invariant($"SELECT id,size FROM {lead.Node.Tables.Journal} FORCE INDEX (measure) ORDER BY id LIMIT {limit}");
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var (ids, bytes, isAll) = (new List<long>(), 0L, true);
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
        {
            bytes += reader.GetInt64(1);
            if (ids.Count == 0 || bytes <= BatchBytes)
                ids.Add(reader.GetInt64(0));
            else
                isAll = false;
        }

        return (new Ids(ids), isAll && ids.Count < limit);
    }

    private async Task<List<JournalEntry>> ReadAsync(Ids ids, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT id,writer,number,tables,entry FROM {lead.Node.Tables.Journal} WHERE id IN ({ids}) ORDER BY id LIMIT {BatchSize}";
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
            if (TryDecode(entries[i], mayFail: group.Count > 0) is not { } transaction)
                break;
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

        var failed = await TryAsync(group, cancellationToken).ConfigureAwait(false);
        if (failed is not null && DriverFailure.Number(failed) == DriverFailure.LockTimeout)
        {
            // A transaction that began before the node was lost would fail at its fence, but its client may sleep or be gone.
            await Clients.EndIdleAsync(target, LockTimeout, async: true).ConfigureAwait(false);
            failed = await TryAsync(group, cancellationToken).ConfigureAwait(false);
        }

        // One that fails must not take the others with it.
        if (failed is not null && group.Count > 1)
        {
            foreach (var each in group)
                await ApplyOneAsync(each.Entry, each.Transaction, cancellationToken).ConfigureAwait(false);
        }
        else if (failed is not null)
        {
            Suspect(group[0].Entry, failed);
        }

        // What comes behind a failed entry must not be there without anybody knowing.
        await mirror.SaveSuspectsAsync(lead, cancellationToken).ConfigureAwait(false);
        return group.Count;
    }

    // The half of a transaction that only the lead has is not there to be read on the target, nor what a failed entry would have written. A
    // trigger or a cascade carries what it lacks from one table into others.
    private void SuspectDerived(IEnumerable<(JournalEntry Entry, RecordedTransaction Transaction)> group)
    {
        if (mirror.Suspects.IsEmpty)
            return;
        foreach (var (entry, _) in group.Where(g => g.Transaction.Writes.Any(w => w.ReadsTables || mirror.Suspects.HasAny(w.Sources))))
            mirror.Suspects.Add(entry.Tables, "A write of the journal has read tables on the node that had missed it while some there were suspect.");
    }

    // What cannot be read must not be left out: it stops the way back, when those before it have been applied.
    private RecordedTransaction? TryDecode(JournalEntry entry, bool mayFail)
    {
        using var maker = lead.Physical.CreateCommand();
        try
        {
            return JournalCodec.Decode(entry.Bytes, maker);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return mayFail ? null : throw NodeErrors.UnreadableEntry(lead.Node, target, entry.Id, e);
        }
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
            // Those that are there already are of a process that did not live to empty the journal.
            var noted = await NotedAsync(group.Select(g => g.Entry), cancellationToken).ConfigureAwait(false);
            if (!group[0].Transaction.IsSchemaChange)
                await NoteAsync(group.Where(g => !noted.Contains(g.Entry.Key)).Select(g => g.Entry.Key), cancellationToken).ConfigureAwait(false);
            foreach (var (entry, transaction) in group)
            {
                if (noted.Contains(entry.Key))
                    continue;
                if (transaction.IsSchemaChange)
                    await BeginChangeAsync(entry, cancellationToken).ConfigureAwait(false);
                foreach (var write in transaction.Writes)
                {
                    // Below REPEATABLE READ it may meet rows that were committed behind it and before its transaction.
                    if (!await write.RunAsync(connection.Physical, async: true, cancellationToken, isUnhurried: true).ConfigureAwait(false))
                        mirror.Suspects.Add(entry.Tables, "A write of the journal affected another number of rows on the node that had missed it.");
                }

                ProtocolSteps.Reached(ProtocolSteps.EntryRan);
                if (transaction.IsSchemaChange)
                    await NoteAsync([entry.Key], cancellationToken).ConfigureAwait(false);
            }

            SuspectDerived(group);
            // Before they are noted for good: nobody would run them again, and find out again.
            await mirror.SaveSuspectsAsync(lead, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync($"SET {Fence.Assignment(target, token)};COMMIT", cancellationToken).ConfigureAwait(false);
            ProtocolSteps.Reached(ProtocolSteps.EntriesCommitted);
            return null;
        }
        catch (Exception e) when (!Fence.IsStale(e)
            && DriverFailure.Classify(e, connection.Physical) is FailureKind.Statement or FailureKind.Deadlock or FailureKind.Misuse)
        {
            await connection.ExecuteAsync("ROLLBACK;SET timestamp=DEFAULT", cancellationToken).ConfigureAwait(false);
            return e;
        }
    }

    private async Task BeginChangeAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        // It commits what stands before it: noted as done, it would count before it is. A negative number says that it has begun.
        if (await NoteAsync([(entry.Writer, -entry.Number)], cancellationToken).ConfigureAwait(false) == 0)
            mirror.Suspects.Add(entry.Tables, "A schema change of the journal was broken off on the node that had missed it, and is run again.");
        await _connection!.ExecuteAsync($"SET {Fence.Assignment(target, token)};COMMIT", cancellationToken).ConfigureAwait(false);
        ProtocolSteps.Reached(ProtocolSteps.ChangeBegun);
    }

    /// <returns>How many were not there yet.</returns>
    private async Task<int> NoteAsync(IEnumerable<(string Writer, long Number)> keys, CancellationToken cancellationToken)
    {
        var rows = string.Join(',', keys.Select(Row));
        if (rows.Length == 0)
            return 0;
        using var command = _connection!.Physical.CreateCommand();
        command.CommandText = $"INSERT IGNORE INTO {target.Tables.Applied} (writer,number) VALUES {rows}";
        return await command.NonQueryAsync(async: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HashSet<(string Writer, long Number)>> NotedAsync(IEnumerable<JournalEntry> entries, CancellationToken cancellationToken)
    {
        using var command = _connection!.Physical.CreateCommand();
        command.CommandText = $"SELECT writer,number FROM {target.Tables.Applied} WHERE (writer,number) IN ({string.Join(',', entries.Select(e => Row(e.Key)))}) LIMIT {BatchSize} FOR UPDATE";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var noted = new HashSet<(string, long)>();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            noted.Add((reader.GetString(0), reader.GetInt64(1)));
        return noted;
    }

    private static string Row((string Writer, long Number) key) => string.Create(CultureInfo.InvariantCulture, $"('{key.Writer}',{key.Number})");

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
        var connection = await OwnConnection.OpenAsync(mirror, target, $"{mirror.PrologueOf(target)}SET innodb_lock_wait_timeout={LockTimeout}", cancellationToken).ConfigureAwait(false);
        (_connection, _session) = (connection, session);
        if (first.Database.Length > 0)
            await connection.ExecuteAsync($"USE {Sql.Identifier.Quote(first.Database)}", cancellationToken).ConfigureAwait(false);
        foreach (var statement in first.Prelude)
            await statement.RunAsync(connection.Physical, async: true, cancellationToken).ConfigureAwait(false);
    }
}
