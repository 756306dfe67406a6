using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Writes to the tables whose definitions <see cref="Tables"/> changes meanwhile.</summary>
internal static class TableRows
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("ddl_rows.insert", 6, caller => caller.RunAsync($"INSERT INTO {Tables.Any(caller)} (n, label) VALUES ({caller.Next(100)}, '行'), ({caller.Number}, NULL)")),
        new("ddl_rows.extra", 2, caller => caller.RunAsync($"INSERT INTO {Tables.Any(caller)} (n, extra{caller.Next(3)}) VALUES ({caller.Next(100)}, 5)")),
        new("ddl_rows.update", 2, caller => caller.RunAsync($"UPDATE {Tables.Any(caller)} SET n = n + 1 WHERE n = {caller.Next(100)}")),
        new("ddl_rows.delete", 1, caller => caller.RunAsync($"DELETE FROM {Tables.Any(caller)} WHERE n = {caller.Next(100)}")),
        new("ddl_rows.transaction", 3, TransactionAsync),
        new("ddl_rows.copy", 1, caller => caller.RunAsync($"INSERT INTO {Tables.Any(caller)} (n, label) SELECT id, label FROM items WHERE k = {caller.Next(50)} ORDER BY id")),
    ];

    private static Task TransactionAsync(Caller caller) => caller.TransactAsync(
        async () =>
        {
            await caller.RunAsync($"UPDATE tallies SET n = n + 1 WHERE name = 'ddl'");
            await caller.RunAsync($"INSERT INTO {Tables.Any(caller)} (n) VALUES ({caller.Number})");
            await caller.RunAsync($"UPDATE {Tables.Any(caller)} SET label = '改' WHERE id = {1 + caller.Next(50)}");
        },
        rollsBack: caller.Next(4) == 0);
}
