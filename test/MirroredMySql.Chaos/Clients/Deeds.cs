using System.Globalization;
using MirroredMySql.Chaos.Operations;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>All kinds of deeds, with their weights.</summary>
internal static class Deeds
{
    private const int MaxAmount = 10;

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
        new(3, Register),
        new(2, TwoRegisters),
        new(2, RolledBackRows),
        new(1, RolledBackTransfer),
        new(1, Copy),
        new(1, Removal),
        new(4, Look),
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
        return new("insert.rows", caller => caller.AffectAsync(ids.Count, $"INSERT INTO entries (id, kind) VALUES {rows}")) { Adds = ids };
    }

    private static Deed TransactionOfRows(DeedSource source)
    {
        var ids = source.NewIds(1 + source.Next(4));
        return new("transaction.rows", caller => caller.TransactAsync(() => InsertAllAsync(caller, ids))) { Adds = ids };
    }

    private static Deed Transfer(DeedSource source)
    {
        var ids = source.NewIds(1);
        var moves = Moves(source);
        return new("transfer.plain", caller => caller.TransactAsync(() => MoveAsync(caller, moves, ids))) { Adds = ids, Changes = moves };
    }

    private static Deed CheckedTransfer(DeedSource source)
    {
        var ids = source.NewIds(1);
        var moves = Moves(source);
        return new("transfer.checked", caller => caller.TransactAsync(async () =>
        {
            await caller.ScalarAsync($"SELECT balance FROM accounts WHERE id = {Cells.IdOf(moves[0].Cell)} FOR UPDATE");
            await MoveAsync(caller, moves, ids);
        }))
        {
            Adds = ids,
            Changes = moves,
        };
    }

    private static Deed Counter(DeedSource source)
    {
        var counter = source.Next(DeedSchema.Counters);
        return new("counter.plain", caller => CountAsync(caller, counter)) { Changes = [new(Cells.Counter(counter), 1)] };
    }

    private static Deed TransactionWithCounter(DeedSource source)
    {
        var ids = source.NewIds(1);
        var counter = source.Next(DeedSchema.Counters);
        return new("counter.transaction", caller => caller.TransactAsync(async () =>
        {
            await InsertAllAsync(caller, ids);
            await CountAsync(caller, counter);
        }))
        {
            Adds = ids,
            Changes = [new(Cells.Counter(counter), 1)],
        };
    }

    private static Deed Tally(DeedSource source)
    {
        var tally = source.Next(DeedSchema.Counters);
        return new("upsert.tally", caller => caller.RunAsync(
            $"INSERT INTO tallies (id, n) VALUES ({tally}, 1) ON DUPLICATE KEY UPDATE n = n + 1"))
        {
            Changes = [new(Cells.Tally(tally), 1)],
        };
    }

    // What a register holds tells in which order it was written: two nodes that took another order differ.
    private static Deed Register(DeedSource source)
    {
        var mark = new Mark(source.Next(DeedSchema.Registers), source.NewIds(1)[0]);
        return new("register.plain", caller => MarkAsync(caller, mark)) { Marks = [mark] };
    }

    private static Deed TwoRegisters(DeedSource source)
    {
        var ids = source.NewIds(1);
        var one = new Mark(source.Next(DeedSchema.Registers), ids[0]);
        var other = new Mark(source.Next(DeedSchema.Registers), ids[0]);
        return new("register.transaction", caller => caller.TransactAsync(async () =>
        {
            await MarkAsync(caller, one);
            await InsertAllAsync(caller, ids);
            await MarkAsync(caller, other);
        }))
        {
            Adds = ids,
            Marks = [one, other],
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
        var change = new Change(Cells.Account(source.Next(ChaosSchema.Accounts)), -1_000_000);
        return new("rollback.transfer", caller => caller.TransactAsync(rollsBack: true, body: async () =>
        {
            await AddAsync(caller, change);
            await InsertAllAsync(caller, ids);
        }))
        {
            Adds = ids,
            Changes = [change],
            RollsBack = true,
        };
    }

    private static Deed Copy(DeedSource source)
    {
        var ids = source.NewIds(3);
        return new("insert.select", caller => caller.AffectAsync(
            ids.Count, $"INSERT INTO copies (id, balance) SELECT {ids[0]} + id, balance FROM accounts WHERE id < {ids.Count}"))
        {
            Adds = ids,
            IsLasting = true,
        };
    }

    private static Deed Removal(DeedSource source) => source.OldId() is { } id
        ? new("remove.row", caller => caller.AffectAsync(1, $"DELETE FROM entries WHERE id = {id}")) { Removes = [id] }
        : Row(source);

    private static Deed Look(DeedSource source)
    {
        var counter = source.Next(DeedSchema.Counters);
        return new("read.counter", async caller => (long?)Convert.ToInt64(
            await caller.ScalarAsync($"SELECT n FROM counters WHERE id = {counter}"), CultureInfo.InvariantCulture))
        {
            Reads = Cells.Counter(counter),
        };
    }

    private static IReadOnlyList<Change> Moves(DeedSource source)
    {
        var from = source.Next(ChaosSchema.Accounts);
        var to = (from + 1 + source.Next(ChaosSchema.Accounts - 1)) % ChaosSchema.Accounts;
        var amount = 1 + source.Next(MaxAmount);
        return [new(Cells.Account(from), -amount), new(Cells.Account(to), amount)];
    }

    private static async Task MoveAsync(Caller caller, IReadOnlyList<Change> moves, IReadOnlyList<long> ids)
    {
        await AddAsync(caller, moves[0]);
        await InsertAllAsync(caller, ids);
        await AddAsync(caller, moves[1]);
    }

    private static Task AddAsync(Caller caller, Change change) =>
        caller.AffectAsync(1, $"UPDATE accounts SET balance = balance + ({change.Amount}) WHERE id = {Cells.IdOf(change.Cell)}");

    private static Task CountAsync(Caller caller, int counter) =>
        caller.AffectAsync(1, $"UPDATE counters SET n = n + 1 WHERE id = {counter}");

    private static Task MarkAsync(Caller caller, Mark mark) =>
        caller.AffectAsync(1, $"UPDATE registers SET mark = {mark.Value}, n = (n * 31 + {mark.Value}) % 1000003 WHERE id = {mark.Register}");

    private static async Task InsertAllAsync(Caller caller, IReadOnlyList<long> ids)
    {
        foreach (var id in ids)
            await InsertAsync(caller, id);
    }

    private static Task InsertAsync(Caller caller, long id) =>
        caller.AffectAsync(1, "INSERT INTO entries (id, kind) VALUES (@id, @kind)", ("id", id), ("kind", caller.Kind));
}
