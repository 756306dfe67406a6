using System.Data;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Transactions at other levels than REPEATABLE READ, on tables of their own.</summary>
internal static class Isolation
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("committed.keys", 3, caller => KeysAsync(caller, "committed", IsolationLevel.ReadCommitted)),
        new("committed.range", 2, caller => RangeAsync(caller, "committed", IsolationLevel.ReadCommitted)),
        new("committed.copy", 2, CopyAsync),
        new("serializable.keys", 3, caller => KeysAsync(caller, "serialized", IsolationLevel.Serializable)),
        new("serializable.range", 2, caller => RangeAsync(caller, "serialized", IsolationLevel.Serializable)),
        new("serializable.read", 2, ReadAsync),
    ];

    private static Task KeysAsync(Caller caller, string table, IsolationLevel level) => caller.TransactAsync(
        async () =>
        {
            await caller.RunAsync(
                $"INSERT INTO {table} (id, k, n) VALUES ({caller.Next(200)}, {caller.Next(10)}, 1) ON DUPLICATE KEY UPDATE n = n + 1");
            await caller.RunAsync($"UPDATE {table} SET n = n + 1 WHERE id = {caller.Next(200)}");
        },
        level);

    private static Task RangeAsync(Caller caller, string table, IsolationLevel level) => caller.TransactAsync(
        async () =>
        {
            await caller.RunAsync($"UPDATE {table} SET n = n + 1 WHERE k = {caller.Next(10)}");
            await caller.RunAsync($"DELETE FROM {table} WHERE id = {caller.Next(200)}");
        },
        level);

    private static Task CopyAsync(Caller caller) => caller.TransactAsync(
        () => caller.RunAsync($"REPLACE INTO committed_copies (id, n) SELECT id, n FROM committed WHERE k = {caller.Next(10)}"),
        IsolationLevel.ReadCommitted);

    private static Task ReadAsync(Caller caller) => caller.TransactAsync(
        async () =>
        {
            var sum = await caller.ScalarAsync($"SELECT COALESCE(SUM(n), 0) FROM serialized WHERE k = {caller.Next(10)}");
            await caller.RunAsync($"UPDATE serialized SET n = @sum WHERE id = {caller.Next(200)}", ("sum", Convert.ToInt64(sum, null) % 1000));
        },
        IsolationLevel.Serializable);
}
