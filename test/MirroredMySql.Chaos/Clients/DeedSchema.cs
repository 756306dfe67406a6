using MirroredMySql.Chaos.Operations;

namespace MirroredMySql.Chaos.Clients;

/// <summary>
/// The tables that deeds work on. The ids of <c>entries</c> have no unique key on purpose: a write that is run twice has to show. What
/// INSERT … SELECT writes has no automatic ids, which the nodes cannot give out alike everywhere (docs/sql.md).
/// </summary>
internal static class DeedSchema
{
    public const int Counters = 20;
    public const int Registers = 10;

    /// <summary>What a register holds before the first deed; no deed's mark.</summary>
    public const long Unmarked = 0;

    /// <summary>Statements for both nodes, through the mirror, in this order.</summary>
    public static IEnumerable<string> Statements =>
    [
        "CREATE TABLE entries (position BIGINT AUTO_INCREMENT PRIMARY KEY, id BIGINT NOT NULL, kind VARCHAR(30) NOT NULL, made DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (id))",
        "CREATE TABLE copies (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL)",
        "CREATE TABLE accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL)",
        "CREATE TABLE counters (id INT PRIMARY KEY, n BIGINT NOT NULL)",
        "CREATE TABLE tallies (id INT PRIMARY KEY, n BIGINT NOT NULL)",
        "CREATE TABLE registers (id INT PRIMARY KEY, mark BIGINT NOT NULL, n BIGINT NOT NULL)",
        $"INSERT INTO accounts (id, balance) VALUES {Rows(ChaosSchema.Accounts, id => $"({id}, {ChaosSchema.Balance})")}",
        $"INSERT INTO counters (id, n) VALUES {Rows(Counters, id => $"({id}, 0)")}",
        $"INSERT INTO registers (id, mark, n) VALUES {Rows(Registers, id => $"({id}, {Unmarked}, 0)")}",
    ];

    private static string Rows(int count, Func<int, FormattableString> row) =>
        string.Join(", ", Enumerable.Range(0, count).Select(id => FormattableString.Invariant(row(id))));
}
