using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Money between accounts: the sum of all balances never changes.</summary>
internal static class Transfers
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("transfer.ordered", 6, OrderedAsync),
        new("transfer.checked", 3, CheckedAsync),
        new("transfer.statement", 3, StatementAsync),
        new("deadlock.accounts", 2, DeadlockAsync),
    ];

    private static Task OrderedAsync(Caller caller)
    {
        var first = caller.Next(ChaosSchema.Accounts - 1);
        return MoveAsync(caller, first, first + 1 + caller.Next(ChaosSchema.Accounts - first - 1));
    }

    // Two rows in whatever order comes: opposite orders meet often, as there are few of them.
    private static Task DeadlockAsync(Caller caller)
    {
        var first = caller.Next(3);
        return MoveAsync(caller, first, (first + 1 + caller.Next(2)) % 3);
    }

    private static Task MoveAsync(Caller caller, int from, int to)
    {
        var amount = caller.Next(20) - 10;
        return caller.TransactAsync(async () =>
        {
            await caller.RunAsync($"UPDATE accounts SET balance = balance - {amount} WHERE id = {from}");
            await caller.RunAsync($"UPDATE accounts SET balance = balance + {amount} WHERE id = {to}");
        });
    }

    private static Task CheckedAsync(Caller caller)
    {
        var from = caller.Next(ChaosSchema.Accounts);
        var to = (from + 1) % ChaosSchema.Accounts;
        return caller.TransactAsync(async () =>
        {
            var balance = await caller.ScalarAsync($"SELECT balance FROM accounts WHERE id = {from} FOR UPDATE");
            if (balance is < 10L)
                return;
            await caller.RunAsync($"UPDATE accounts SET balance = balance - 10 WHERE id = {from}");
            await caller.RunAsync($"UPDATE accounts SET balance = balance + 10 WHERE id = {to}");
        });
    }

    private static Task StatementAsync(Caller caller)
    {
        var from = caller.Next(ChaosSchema.Accounts);
        var to = (from + 1 + caller.Next(ChaosSchema.Accounts - 1)) % ChaosSchema.Accounts;
        return caller.RunAsync($"UPDATE accounts SET balance = balance + IF(id = {from}, -3, 3) WHERE id IN ({from}, {to})");
    }
}
