using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Stored procedures and functions.</summary>
internal static class Routines
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("procedure.one", 3, caller => caller.RunAsync($"CALL add_one({caller.Number})")),
        new("procedure.several", 3, caller => caller.RunAsync($"CALL add_several({caller.Number})")),
        new("procedure.reads", 2, caller => caller.RunAsync($"CALL add_read({caller.Next(50)})")),
        new("procedure.in_transaction", 2, InTransactionAsync),
        new("function.pure", 2, caller => caller.RunAsync($"INSERT INTO function_rows (n) VALUES (twice({caller.Next(100)}))")),
        new("function.reads", 2, caller => caller.RunAsync($"INSERT INTO function_rows (n) VALUES (total_of({caller.Next(50)}))")),
    ];

    private static Task InTransactionAsync(Caller caller) => caller.TransactAsync(
        async () =>
        {
            await caller.RunAsync($"UPDATE items SET n = n + 1 WHERE id = {caller.Next(ChaosSchema.Keys)}");
            await caller.RunAsync($"CALL add_several({caller.Number})");
        },
        rollsBack: caller.Next(3) == 0);
}
