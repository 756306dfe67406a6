using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Transactions of several statements, with savepoints, and those that are rolled back.</summary>
internal static class Transactions
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("transaction.commit", 4, CommitAsync),
        new("transaction.rollback", 3, RollbackAsync),
        new("transaction.savepoint", 3, SavepointAsync),
        new("transaction.failed_statement", 2, FailedStatementAsync),
        new("transaction.text", 2, TextAsync),
        new("transaction.stubborn", 3, StubbornAsync),
    ];

    private static Task CommitAsync(Caller caller) => caller.TransactAsync(() => WriteAsync(caller));

    private static Task RollbackAsync(Caller caller) => caller.TransactAsync(() => WriteAsync(caller), rollsBack: true);

    private static Task SavepointAsync(Caller caller) => caller.TransactAsync(async () =>
    {
        await WriteAsync(caller);
        await caller.RunAsync("SAVEPOINT here");
        await WriteAsync(caller);
        await caller.RunAsync(caller.Next(2) == 0 ? "ROLLBACK TO SAVEPOINT here" : "RELEASE SAVEPOINT here");
        await WriteAsync(caller);
    });

    private static Task FailedStatementAsync(Caller caller) => caller.TransactAsync(async () =>
    {
        await WriteAsync(caller);
        // The first row would do, the second fails: the server takes back the statement and keeps the transaction.
        await caller.FailAsync("INSERT INTO fixed_parents (id) VALUES (900), (1)", 1062, 1205, 1213);
    });

    // A caller who shrugs off every error and commits what is left. A deadlock that the server does not call one shows here.
    private static Task StubbornAsync(Caller caller) => caller.TransactAsync(async () =>
    {
        for (var left = 2 + caller.Next(4); left > 0; left--)
        {
            await caller.TryAsync(caller.Next(3) switch
            {
                0 => $"INSERT INTO stubborn_copies (source, n) SELECT id, n FROM stubborn WHERE k = {caller.Next(50)} ORDER BY id",
                1 => $"UPDATE stubborn SET n = n + 1 WHERE k = {caller.Next(50)}",
                _ => $"INSERT INTO stubborn (id, k, n) VALUES ({caller.Next(2 * ChaosSchema.Keys)}, {caller.Next(50)}, 1)",
            });
        }
    });

    private static async Task TextAsync(Caller caller)
    {
        await caller.RunAsync("START TRANSACTION");
        try
        {
            await WriteAsync(caller);
        }
        catch
        {
            await caller.RunAsync("ROLLBACK");
            throw;
        }
        await caller.RunAsync(caller.Next(3) == 0 ? "ROLLBACK" : "COMMIT");
    }

    private static async Task WriteAsync(Caller caller)
    {
        await caller.RunAsync($"INSERT INTO notes (author, body) VALUES ({caller.Number}, 'in a transaction')");
        await caller.RunAsync($"UPDATE items SET n = n + 1 WHERE id = {caller.Next(ChaosSchema.Keys)}");
        await caller.RunAsync("UPDATE tallies SET n = n + 1 WHERE name = 'transaction'");
    }
}
