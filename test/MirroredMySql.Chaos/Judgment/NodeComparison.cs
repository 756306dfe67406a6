using System.Data.Common;
using MirroredMySql.Chaos.Operations;
using MirroredMySql.Tool.Comparison;

namespace MirroredMySql.Chaos.Judgment;

/// <summary>Everything that is to be known of two nodes when nobody writes any more.</summary>
/// <param name="Tables">How many tables were compared row by row.</param>
/// <param name="Rows">How many rows they hold.</param>
/// <param name="Differences">What differs, by the name of the table or of what else it is.</param>
/// <param name="PrimarySum">The sum of all balances.</param>
/// <param name="StandbySum">The sum of all balances.</param>
internal sealed record NodeFindings(
    int Tables, long Rows, IReadOnlyDictionary<string, IReadOnlyList<string>> Differences, long PrimarySum, long StandbySum);

/// <summary>Compares rows, definitions and sums.</summary>
internal static class NodeComparison
{
    public static async Task<NodeFindings> RunAsync(DbConnection primary, DbConnection standby, CancellationToken cancellationToken)
    {
        var tables = await new DatabaseComparison().RunAsync(primary, standby, cancellationToken);
        var onPrimary = await Definitions.ReadAsync(primary, cancellationToken);
        var onStandby = await Definitions.ReadAsync(standby, cancellationToken);
        var differences = tables.Where(table => table.Differences > 0).SelectMany(Describe)
            .Concat(Definitions.Compare(onPrimary, onStandby))
            .GroupBy(difference => difference.Name, difference => difference.What, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);
        return new NodeFindings(
            tables.Count,
            tables.Sum(table => table.Rows),
            differences,
            await SumAsync(primary, cancellationToken),
            await SumAsync(standby, cancellationToken));
    }

    private static IEnumerable<(string Name, string What)> Describe(TableFindings table)
    {
        yield return (table.Table, $"{table.Differences} differences, the primary has {table.Rows} rows");
        foreach (var difference in table.First)
            yield return (table.Table, difference.ToString());
    }

    private static async Task<long> SumAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COALESCE(SUM(balance), 0) - {ChaosSchema.Accounts * ChaosSchema.Balance} FROM accounts";
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), null);
    }
}
