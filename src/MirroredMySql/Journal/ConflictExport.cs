using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Sets aside what a node wrote while it led alone and lost: every transaction that only it has goes into the winner's table of conflicts.
/// To be run while the loser's state row is held, so that nothing more is committed there. What is there already is not added again.
/// </summary>
/// <param name="winner">A connection to the node that counts, in a transaction.</param>
/// <param name="loser">A connection to the other one, in the transaction that holds its state row.</param>
/// <param name="token">The epoch in which the loser led.</param>
internal sealed class ConflictExport(OwnConnection winner, OwnConnection loser, string token)
{
    // How many of the loser's entries are in memory at once: few, for the server ends the connection that holds its row when it is idle for long.
    private const int PageSize = 10;

    private readonly HashSet<string> _tables = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The tables in which the loser may hold other rows than the winner.</summary>
    public IReadOnlyCollection<string> Tables => _tables;

    /// <summary>How many transactions have been set aside.</summary>
    public long Count { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (long last = 0; ;)
        {
            var page = await PageAsync(last, cancellationToken).ConfigureAwait(false);
            foreach (var (entry, writtenAt) in page)
                await AddAsync(entry.Writer, entry.Number, entry.Tables, Read(entry), entry.Bytes, writtenAt, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
                break;
            last = page[^1].Entry.Id;
        }

        // What it has found suspect itself, and all tables where it has given its journal up, may be other than the journal makes them.
        _tables.UnionWith(await SuspectsAsync(cancellationToken).ConfigureAwait(false));

        // A COMMIT that reached only the loser, when the epoch before it ended: it left its proof, and not what it did.
        var proofs = await Proofs.ReadAsync(winner, cancellationToken).ConfigureAwait(false);
        foreach (var (writer, proof) in await Proofs.ReadAsync(loser, cancellationToken).ConfigureAwait(false))
        {
            // What the journal has is there already; where it was given up, the proof is all that there is.
            if ((!proofs.TryGetValue(writer, out var known) || known.Number < proof.Number) && !await IsJournaledAsync(writer, proof.Number, cancellationToken).ConfigureAwait(false))
            {
                await AddAsync(
                    writer, proof.Number, proof.Tables, "-- not known: it was committed on this node only when the nodes parted; these are the tables of its writer",
                    [], null, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<List<(JournalEntry Entry, DateTime? WrittenAt)>> PageAsync(long last, CancellationToken cancellationToken)
    {
        using var command = loser.Physical.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"SELECT id,writer,number,tables,entry,written_at FROM {loser.Node.Tables.Journal} WHERE id>{last} ORDER BY id LIMIT {PageSize}");
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var page = new List<(JournalEntry, DateTime?)>();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
        {
            page.Add((
                new JournalEntry(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3).Split('\n'), (byte[])reader.GetValue(4)),
                reader.GetDateTime(5)));
        }

        return page;
    }

    private async Task<bool> IsJournaledAsync(string writer, long number, CancellationToken cancellationToken)
    {
        using var command = loser.Physical.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"SELECT EXISTS(SELECT 1 FROM {loser.Node.Tables.Journal} WHERE writer='{writer}' AND number={number}) LIMIT 1");
        return Convert.ToInt64((await SqlLiteral.RowAsync(command, async: true, cancellationToken).ConfigureAwait(false))[0], CultureInfo.InvariantCulture) != 0;
    }

    private async Task<List<string>> SuspectsAsync(CancellationToken cancellationToken)
    {
        using var command = loser.Physical.CreateCommand();
        command.CommandText = $"SELECT name FROM {loser.Node.Tables.Suspect} LIMIT {int.MaxValue}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var names = new List<string>();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            names.Add(reader.GetString(0));
        return names;
    }

    private string Read(JournalEntry entry)
    {
        if (entry.Bytes.Length == 0)
            return "-- not known: it could not be run again elsewhere; these are its tables";
        using var maker = loser.Physical.CreateCommand();
        try
        {
            return ReadableEntry.Of(JournalCodec.Decode(entry.Bytes, maker));
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            // The bytes are kept as they are; a later version may have written them.
            return $"-- not readable by this version: {e.Message}";
        }
    }

    private async Task AddAsync(
        string writer, long number, IReadOnlyList<string> tables, string statements, byte[] entry, DateTime? writtenAt, CancellationToken cancellationToken)
    {
        using var command = winner.Physical.CreateCommand();
        command.CommandText =
            $"INSERT INTO {winner.Node.Tables.Conflict} (node,token,writer,number,tables,statements,entry,written_at,exported_at) "
            + $"VALUES ('{loser.Node.Role}','{token}',@writer,@number,@tables,@statements,@entry,@written_at,UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE id=id";
        Bind(command, "@writer", writer);
        Bind(command, "@number", number);
        Bind(command, "@tables", string.Join('\n', tables));
        Bind(command, "@statements", statements);
        Bind(command, "@entry", entry);
        Bind(command, "@written_at", writtenAt ?? (object)DBNull.Value);
        await command.NonQueryAsync(async: true, cancellationToken).ConfigureAwait(false);
        _tables.UnionWith(tables);
        Count++;
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
