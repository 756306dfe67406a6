using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>
/// Measures a node's journal again and again. A journal that has only grown is counted from where it was counted to the last time, so that
/// a million entries cost one look at an index of a few megabytes, once.
/// </summary>
internal sealed class JournalMeter(Node lead)
{
    // Numbers are given out before their transactions are committed: the latest ones are counted again.
    private const int Unsettled = 10_000;

    private long _first;
    private long _counted; // all up to this number are in the two sums
    private long _rows;
    private long _bytes;

    public Node Lead => lead;

    public async Task<JournalStatus> MeasureAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var ends = await RowAsync(
            connection,
            $"SELECT id,written_at,UTC_TIMESTAMP(6),(SELECT MAX(id) FROM {lead.Tables.Journal}) FROM {lead.Tables.Journal} ORDER BY id LIMIT 1",
            cancellationToken).ConfigureAwait(false);
        if (ends is null)
        {
            (_first, _counted, _rows, _bytes) = (0, 0, 0, 0);
            return JournalStatus.Empty;
        }

        var (first, last) = (Number(ends[0]), Number(ends[3]));
        // Where entries have been taken from its beginning, the sums do not hold any more.
        if (first != _first)
            (_first, _counted, _rows, _bytes) = (first, 0, 0, 0);
        var settled = Math.Max(_counted, last - Unsettled);
        var sums = (await RowAsync(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"SELECT COUNT(*),COALESCE(SUM(size),0),COALESCE(SUM(id<={settled}),0),COALESCE(SUM(IF(id<={settled},size,0)),0) FROM {lead.Tables.Journal} FORCE INDEX (measure) WHERE id>{_counted} LIMIT 1"),
            cancellationToken).ConfigureAwait(false))!;
        var (rows, bytes) = (_rows + Number(sums[0]), _bytes + Number(sums[1]));
        (_counted, _rows, _bytes) = (settled, _rows + Number(sums[2]), _bytes + Number(sums[3]));
        var (oldest, now) = ((DateTime)ends[1], (DateTime)ends[2]);
        return new JournalStatus(rows, bytes, new DateTimeOffset(oldest, TimeSpan.Zero), now - oldest);
    }

    private static long Number(object value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static async Task<object[]?> RowAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        if (!await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            return null;
        var values = Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue).ToArray();
        await reader.DrainAsync(async: true).ConfigureAwait(false);
        return values;
    }
}
