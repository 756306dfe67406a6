using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>UPDATE and DELETE by key and by range.</summary>
internal static class Changes
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("update.key", 6, KeyAsync),
        new("update.range", 3, RangeAsync),
        new("update.index", 3, IndexAsync),
        new("update.moving", 2, MovingAsync),
        new("update.heap", 2, HeapAsync),
        new("delete.key", 4, DeleteKeyAsync),
        new("delete.range", 1, DeleteRangeAsync),
        new("delete.automatic", 1, DeleteAutomaticAsync),
        new("delete.heap", 2, DeleteHeapAsync),
    ];

    private static Task KeyAsync(Caller caller) => caller.RunAsync(
        "UPDATE items SET n = n + @n, label = @label WHERE id = @id",
        ("n", caller.Next(10)), ("label", Texts.Phrase(caller.Random)), ("id", caller.Next(2 * ChaosSchema.Keys)));

    private static Task RangeAsync(Caller caller)
    {
        var low = caller.Next(ChaosSchema.Keys);
        return caller.RunAsync($"UPDATE items SET n = n + 1 WHERE id BETWEEN {low} AND {low + 10}");
    }

    private static Task IndexAsync(Caller caller) => caller.RunAsync($"UPDATE items SET n = n + 1 WHERE k = {caller.Next(50)}");

    // Rows that change their place in the index by which they are found.
    private static Task MovingAsync(Caller caller) => caller.RunAsync(
        $"UPDATE items SET k = {caller.Next(50)} WHERE k = {caller.Next(50)} AND n > {caller.Next(1000)}");

    private static Task HeapAsync(Caller caller) => caller.RunAsync($"UPDATE heap SET n = {caller.Next(100)} WHERE n = {caller.Next(100)}");

    private static Task DeleteKeyAsync(Caller caller) => caller.RunAsync(
        "DELETE FROM items WHERE id = @id", ("id", caller.Next(2 * ChaosSchema.Keys)));

    private static Task DeleteRangeAsync(Caller caller)
    {
        var low = caller.Next(4 * ChaosSchema.Keys);
        return caller.RunAsync($"DELETE FROM items WHERE id > {low} AND id < {low + 8}");
    }

    // Leaves the new ones alone, which read.own reads back.
    private static Task DeleteAutomaticAsync(Caller caller) => caller.RunAsync(
        $"DELETE FROM notes WHERE author = {caller.Number} AND id % 7 = {caller.Next(7)}");

    private static Task DeleteHeapAsync(Caller caller) => caller.RunAsync($"DELETE FROM heap WHERE n = {caller.Next(100)}");
}
