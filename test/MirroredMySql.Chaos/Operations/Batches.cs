using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Several statements at once: as one text, as a batch, and with one that fails midway.</summary>
internal static class Batches
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("batch.text", 3, caller => caller.RunAsync(string.Join("; ", Statements(caller)))),
        new("batch.batch", 3, caller => caller.BatchAsync(Statements(caller))),
        new("batch.in_transaction", 2, InTransactionAsync),
        new("batch.fails_midway", 2, FailsMidwayAsync),
    ];

    private static Task InTransactionAsync(Caller caller) => caller.TransactAsync(
        () => caller.RunAsync(string.Join(";\n", Statements(caller))), rollsBack: caller.Next(3) == 0);

    private static Task FailsMidwayAsync(Caller caller) => caller.FailAsync(
        $"INSERT INTO batch_rows (n) VALUES ({caller.Number}); INSERT INTO fixed_parents (id) VALUES (1); INSERT INTO batch_rows (n) VALUES (-1)",
        1062, 1205, 1213);

    private static string[] Statements(Caller caller) =>
    [
        $"INSERT INTO batch_rows (n, label) VALUES ({caller.Number}, '第一; not two')",
        $"UPDATE batch_rows SET n = n + 1 WHERE id = {1 + caller.Next(300)}",
        "INSERT INTO batch_rows (n, label) SELECT LAST_INSERT_ID(), 'the first one''s id'",
        $"DELETE FROM batch_rows WHERE id = {1 + caller.Next(300)}",
    ];
}
