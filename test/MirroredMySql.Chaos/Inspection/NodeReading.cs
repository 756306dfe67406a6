using System.Data.Common;
using Dapper;
using MirroredMySql.Chaos.Reckoning;

namespace MirroredMySql.Chaos.Inspection;

/// <summary>Reads what one node holds, directly.</summary>
internal static class NodeReading
{
    private const string EntriesSql =
        "SELECT id, COUNT(*) FROM (SELECT id FROM entries UNION ALL SELECT id FROM copies) AS both_tables GROUP BY id";

    private const string CellsSql =
        """
        SELECT CONCAT('accounts:', id), balance FROM accounts
        UNION ALL SELECT CONCAT('counters:', id), n FROM counters
        UNION ALL SELECT CONCAT('tallies:', id), n FROM tallies
        """;

    private const string RegistersSql = "SELECT id, mark FROM registers";

    private const string StateSql =
        """
        SELECT epoch, token, mode, (SELECT COUNT(*) FROM mirror_journal) AS journaled, (SELECT COUNT(*) FROM mirror_conflict) AS set_aside
        FROM mirror_state WHERE id = 1
        """;

    private const string SuspectsSql = "SELECT name, reason FROM mirror_suspect";

    public static async Task<NodeContents> ReadAsync(NodeRole role, DbConnection connection, CancellationToken cancellationToken)
    {
        var entries = await connection.QueryAsync<(long Id, long Count)>(Command(EntriesSql));
        var cells = await connection.QueryAsync<(string Name, long Value)>(Command(CellsSql));
        var registers = await connection.QueryAsync<(int Id, long Mark)>(Command(RegistersSql));
        var (epoch, token, mode, journaled, setAside) = await connection.QuerySingleAsync<(long, string, string, long, long)>(Command(StateSql));
        var suspects = await connection.QueryAsync<(string Name, string Reason)>(Command(SuspectsSql));
        return new NodeContents(
            role == NodeRole.Primary ? "primary" : "standby",
            entries.ToDictionary(entry => entry.Id, entry => entry.Count),
            cells.ToDictionary(cell => cell.Name, cell => cell.Value),
            registers.ToDictionary(register => register.Id, register => register.Mark),
            new NodeState(epoch, token, mode, journaled, setAside, suspects.ToDictionary(suspect => suspect.Name, suspect => suspect.Reason)));

        CommandDefinition Command(string sql) => new(sql, cancellationToken: cancellationToken);
    }
}
