using System.Data.Common;
using Dapper;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What one node holds of what the clients have written.</summary>
/// <param name="Name">The node.</param>
/// <param name="Entries">How often each id is there.</param>
/// <param name="Counters">Each counter's value, as <c>table:id</c>.</param>
internal sealed record NodeContents(string Name, IReadOnlyDictionary<long, long> Entries, IReadOnlyDictionary<string, long> Counters)
{
    private const string EntriesSql =
        "SELECT id, COUNT(*) FROM (SELECT id FROM entries UNION ALL SELECT id FROM copies) AS both_tables GROUP BY id";

    private const string CountersSql =
        "SELECT CONCAT('counters:', id), n FROM counters UNION ALL SELECT CONCAT('tallies:', id), n FROM tallies";

    public static async Task<NodeContents> ReadAsync(NodeRole role, DbConnection connection, CancellationToken cancellationToken)
    {
        var entries = await connection.QueryAsync<(long Id, long Count)>(Command(EntriesSql));
        var counters = await connection.QueryAsync<(string Name, long Value)>(Command(CountersSql));
        return new NodeContents(
            role == NodeRole.Primary ? "primary" : "standby",
            entries.ToDictionary(entry => entry.Id, entry => entry.Count),
            counters.ToDictionary(counter => counter.Name, counter => counter.Value));

        CommandDefinition Command(string sql) => new(sql, cancellationToken: cancellationToken);
    }

    public long CountOf(long id) => Entries.GetValueOrDefault(id);
}
