using System.Data.Common;

namespace MirroredMySql.Tool.Comparison;

/// <summary>
/// Compares one table on both nodes. Both are read in the same order; a row whose counterpart does not come with it waits for it, so that
/// memory is needed for differences only, and the order itself need not be understood here.
/// </summary>
internal sealed class TableComparison(TableShape table, int maxShown)
{
    private const string NoRow = "no row";
    private const string HasRow = "a row";

    private readonly Waiting _onPrimary = new();
    private readonly Waiting _onStandby = new();
    private readonly List<Difference> _first = [];
    private long _rows;
    private long _differences;

    public async Task<TableFindings> RunAsync(DbConnection primary, DbConnection standby, CancellationToken cancellationToken)
    {
        await using var primaryRows = await RowStream.OpenAsync(primary, table, cancellationToken);
        await using var standbyRows = await RowStream.OpenAsync(standby, table, cancellationToken);
        while (true)
        {
            var coming = standbyRows.NextAsync(cancellationToken);
            var onPrimary = await primaryRows.NextAsync(cancellationToken);
            var onStandby = await coming;
            if (onPrimary is null && onStandby is null)
                break;
            if (onPrimary is not null)
                _rows++;
            Pair(onPrimary, onStandby);
        }

        foreach (var row in _onPrimary.Rows)
            Add(new Difference(table.Name, row.Key(), null, HasRow, NoRow));
        foreach (var row in _onStandby.Rows)
            Add(new Difference(table.Name, row.Key(), null, NoRow, HasRow));
        return new TableFindings(table.Name, _rows, _differences, _first);
    }

    private void Pair(Row? onPrimary, Row? onStandby)
    {
        if (onPrimary is not null && onStandby is not null && onPrimary.SameAs(onStandby))
            return;
        if (onPrimary is not null)
        {
            if (_onStandby.Take(onPrimary) is { } counterpart)
                Compare(onPrimary, counterpart);
            else
                _onPrimary.Add(onPrimary);
        }
        if (onStandby is not null)
        {
            if (_onPrimary.Take(onStandby) is { } counterpart)
                Compare(counterpart, onStandby);
            else
                _onStandby.Add(onStandby);
        }
    }

    private void Compare(Row onPrimary, Row onStandby)
    {
        foreach (var position in onPrimary.DifferencesTo(onStandby))
        {
            Add(new Difference(
                table.Name, onPrimary.Key(), table.Columns[position].Name, onPrimary.Show(position), onStandby.Show(position)));
        }
    }

    private void Add(Difference difference)
    {
        _differences++;
        if (_first.Count < maxShown)
            _first.Add(difference);
    }

    /// <summary>Rows whose counterpart has not come. Several are alike only in a table without a primary key.</summary>
    private sealed class Waiting
    {
        private readonly Dictionary<string, Stack<Row>> _rows = [];

        public IEnumerable<Row> Rows => _rows.Values.SelectMany(alike => alike);

        public void Add(Row row)
        {
            var identity = row.Identity();
            if (!_rows.TryGetValue(identity, out var alike))
                _rows.Add(identity, alike = new Stack<Row>());
            alike.Push(row);
        }

        /// <summary>Takes the counterpart of a row of the other node out, if it waits here.</summary>
        public Row? Take(Row other)
        {
            var identity = other.Identity();
            if (!_rows.TryGetValue(identity, out var alike))
                return null;
            var row = alike.Pop();
            if (alike.Count == 0)
                _rows.Remove(identity);
            return row;
        }
    }
}
