using MirroredMySql.Chaos.Operations;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>All kinds of deeds, with their weights.</summary>
internal static class Deeds
{
    public static IReadOnlyList<DeedKind> All { get; } =
    [
        new(8, Row),
        new(3, Rows),
        new(5, TransactionOfRows),
        new(6, Transfer),
        new(2, CheckedTransfer),
        new(5, Counter),
        new(2, TransactionWithCounter),
        new(2, Tally),
        new(2, RolledBackRows),
        new(1, RolledBackTransfer),
        new(1, Copy),
        new(1, Removal),
    ];

    private static Deed Row(DeedSource source)
    {
        var ids = source.NewIds(1);
        return new("insert.row", caller => InsertAsync(caller, ids[0])) { Adds = ids };
    }

    private static Deed Rows(DeedSource source)
    {
        var ids = source.NewIds(2 + source.Next(4));
        var rows = string.Join(", ", ids.Select(id => $"({id}, 'rows')"));
        return new("insert.rows", caller => caller.RunAsync($"INSERT INTO entries (id, kind) VALUES {rows}")) { Adds = ids };
    }

    private static Deed TransactionOfRows(DeedSource source)
    {
        var ids = source.NewIds(1 + source.Next(4));
        return new("transaction.rows", caller => caller.TransactAsync(() => InsertAllAsync(caller, ids))) { Adds = ids };
    }

    private static Deed Transfer(DeedSource source)
    {
        var ids = source.NewIds(1);
        var (from, to) = TwoAccounts(source);
        return new("transfer.plain", caller => caller.TransactAsync(() => MoveAsync(caller, from, to, ids))) { Adds = ids };
    }

    private static Deed CheckedTransfer(DeedSource source)
    {
        var ids = source.NewIds(1);
        var (from, to) = TwoAccounts(source);
        return new("transfer.checked", caller => caller.TransactAsync(async () =>
        {
            await caller.ScalarAsync($"SELECT balance FROM accounts WHERE id = {from} FOR UPDATE");
            await MoveAsync(caller, from, to, ids);
        }))
        {
            Adds = ids,
        };
    }

    private static Deed Counter(DeedSource source)
    {
        var counter = source.Next(DeedSchema.Counters);
        return new("counter.plain", caller => caller.RunAsync($"UPDATE counters SET n = n + 1 WHERE id = {counter}"))
        {
            Counts = [$"counters:{counter}"],
        };
    }

    private static Deed TransactionWithCounter(DeedSource source)
    {
        var ids = source.NewIds(1);
        var counter = source.Next(DeedSchema.Counters);
        return new("counter.transaction", caller => caller.TransactAsync(async () =>
        {
            await InsertAllAsync(caller, ids);
            await caller.RunAsync($"UPDATE counters SET n = n + 1 WHERE id = {counter}");
        }))
        {
            Adds = ids,
            Counts = [$"counters:{counter}"],
        };
    }

    private static Deed Tally(DeedSource source)
    {
        var tally = source.Next(DeedSchema.Counters);
        return new("upsert.tally", caller => caller.RunAsync(
            $"INSERT INTO tallies (id, n) VALUES ({tally}, 1) ON DUPLICATE KEY UPDATE n = n + 1"))
        {
            Counts = [$"tallies:{tally}"],
        };
    }

    private static Deed RolledBackRows(DeedSource source)
    {
        var ids = source.NewIds(1 + source.Next(3));
        return new("rollback.rows", caller => caller.TransactAsync(() => InsertAllAsync(caller, ids), rollsBack: true))
        {
            Adds = ids,
            RollsBack = true,
        };
    }

    private static Deed RolledBackTransfer(DeedSource source)
    {
        var ids = source.NewIds(1);
        var account = source.Next(ChaosSchema.Accounts);
        return new("rollback.transfer", caller => caller.TransactAsync(rollsBack: true, body: async () =>
        {
            await caller.RunAsync($"UPDATE accounts SET balance = balance - 1000000 WHERE id = {account}");
            await InsertAllAsync(caller, ids);
        }))
        {
            Adds = ids,
            RollsBack = true,
        };
    }

    private static Deed Copy(DeedSource source)
    {
        var ids = source.NewIds(3);
        return new("insert.select", caller => caller.RunAsync(
            $"INSERT INTO copies (id, balance) SELECT {ids[0]} + id, balance FROM accounts WHERE id < {ids.Count}"))
        {
            Adds = ids,
            IsLasting = true,
        };
    }

    private static Deed Removal(DeedSource source) => source.OldId() is { } id
        ? new("remove.row", caller => caller.RunAsync($"DELETE FROM entries WHERE id = {id}")) { Removes = [id] }
        : Row(source);

    private static (int From, int To) TwoAccounts(DeedSource source)
    {
        var from = source.Next(ChaosSchema.Accounts);
        return (from, (from + 1 + source.Next(ChaosSchema.Accounts - 1)) % ChaosSchema.Accounts);
    }

    private static async Task MoveAsync(Caller caller, int from, int to, IReadOnlyList<long> ids)
    {
        var amount = caller.Next(20) - 10;
        await caller.RunAsync($"UPDATE accounts SET balance = balance - {amount} WHERE id = {from}");
        await InsertAllAsync(caller, ids);
        await caller.RunAsync($"UPDATE accounts SET balance = balance + {amount} WHERE id = {to}");
    }

    private static async Task InsertAllAsync(Caller caller, IReadOnlyList<long> ids)
    {
        foreach (var id in ids)
            await InsertAsync(caller, id);
    }

    private static Task InsertAsync(Caller caller, long id) =>
        caller.RunAsync("INSERT INTO entries (id, kind) VALUES (@id, @kind)", ("id", id), ("kind", caller.Kind));
}
