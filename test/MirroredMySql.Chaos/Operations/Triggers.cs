using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Writes to a table with triggers: one sets columns, others write into an audit table with automatic ids.</summary>
internal static class Triggers
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("trigger.insert", 3, caller => caller.RunAsync($"INSERT INTO watched (n) VALUES ({caller.Number})")),
        new("trigger.insert_rows", 2, caller => caller.RunAsync($"INSERT INTO watched (n) VALUES ({caller.Next(100)}), ({caller.Next(100)}), ({caller.Next(100)})")),
        new("trigger.update", 2, caller => caller.RunAsync($"UPDATE watched SET n = n + 1 WHERE id = {1 + caller.Next(200)}")),
        new("trigger.update_range", 1, UpdateRangeAsync),
    ];

    private static Task UpdateRangeAsync(Caller caller)
    {
        var low = 1 + caller.Next(200);
        return caller.RunAsync($"UPDATE watched SET n = n + 1 WHERE id BETWEEN {low} AND {low + 3}");
    }
}
