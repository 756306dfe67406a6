using System.Data.Common;
using Dapper;

namespace MirroredMySql.Tool.Comparison;

/// <summary>
/// Compares two databases of the same server family: every table, every row, every value. Nobody may write meanwhile, since the nodes are
/// read one table at a time.
/// </summary>
/// <param name="maxShown">How many differences of a table are told one by one; all are counted.</param>
internal sealed class DatabaseComparison(int maxShown = 5)
{
    private const string Missing = "no such table";
    private const string Present = "a table";
    private const string NoColumn = "no such column";

    // Timestamps are shown in the session's time zone.
    private const string SessionSql = "SET time_zone = '+00:00'";

    /// <summary>Compares. The connections must be open, direct ones to each node.</summary>
    public async Task<IReadOnlyList<TableFindings>> RunAsync(DbConnection primary, DbConnection standby, CancellationToken cancellationToken)
    {
        foreach (var connection in new[] { primary, standby })
            await connection.ExecuteAsync(new CommandDefinition(SessionSql, cancellationToken: cancellationToken));
        var onPrimary = await TableCatalog.ReadAsync(primary, cancellationToken);
        var onStandby = await TableCatalog.ReadAsync(standby, cancellationToken);

        var findings = new List<TableFindings>();
        foreach (var table in onPrimary.Keys.Union(onStandby.Keys).Order(StringComparer.Ordinal))
        {
            var first = onPrimary.GetValueOrDefault(table);
            var second = onStandby.GetValueOrDefault(table);
            if (first is null)
                findings.Add(Found(table, [new Difference(table, null, null, Missing, Present)]));
            else if (second is null)
                findings.Add(Found(table, [new Difference(table, null, null, Present, Missing)]));
            else if (Definitions(first, second) is { Count: > 0 } differences)
                findings.Add(Found(table, differences));
            else
                findings.Add(await new TableComparison(first, maxShown).RunAsync(primary, standby, cancellationToken));
        }
        return findings;
    }

    // Rows of tables that are built differently cannot be laid side by side.
    private static List<Difference> Definitions(TableShape first, TableShape second)
    {
        var names = first.Columns.Concat(second.Columns).Select(column => column.Name).Distinct();
        return
        [
            .. from name in names
               let one = first.Columns.FirstOrDefault(column => column.Name == name)
               let other = second.Columns.FirstOrDefault(column => column.Name == name)
               where one != other
               select new Difference(first.Name, null, name, one?.Definition ?? NoColumn, other?.Definition ?? NoColumn),
        ];
    }

    private TableFindings Found(string table, List<Difference> differences) =>
        new(table, Rows: 0, differences.Count, [.. differences.Take(maxShown)]);
}
