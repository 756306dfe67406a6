using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>ORDER BY and LIMIT in UPDATE and DELETE: with a unique order, with one that leaves ties, and with none.</summary>
internal static class Queues
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("limit.add", 4, AddAsync),
        new("limit.take", 3, TakeAsync),
        new("limit.done", 3, DoneAsync),
        new("limit.ties_add", 4, LooseAddAsync),
        new("limit.ties_take", 3, LooseTakeAsync),
        new("limit.ties_done", 2, LooseDoneAsync),
        new("limit.unordered", 2, UnorderedAsync),
    ];

    private static Task AddAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO tasks (priority) VALUES ({caller.Next(10)}), ({caller.Next(10)})");

    private static Task TakeAsync(Caller caller) => caller.RunAsync(
        $"UPDATE tasks SET worker = {caller.Number} WHERE worker IS NULL ORDER BY priority, id LIMIT 2");

    private static Task DoneAsync(Caller caller) => caller.RunAsync(
        $"DELETE FROM tasks WHERE worker = {caller.Number} ORDER BY id DESC LIMIT 2");

    private static Task LooseAddAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO loose_tasks (priority) VALUES ({caller.Next(10)}), ({caller.Next(10)})");

    private static Task LooseTakeAsync(Caller caller) => caller.RunAsync(
        $"UPDATE loose_tasks SET worker = {caller.Number} WHERE worker IS NULL ORDER BY priority LIMIT 2");

    private static Task LooseDoneAsync(Caller caller) => caller.RunAsync(
        $"DELETE FROM loose_tasks WHERE worker = {caller.Number} ORDER BY priority DESC LIMIT 2");

    private static Task UnorderedAsync(Caller caller) => caller.RunAsync(
        $"DELETE FROM loose_tasks WHERE priority = {caller.Next(10)} LIMIT 1");
}
