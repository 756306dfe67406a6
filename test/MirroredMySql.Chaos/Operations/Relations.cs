using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Foreign keys that cascade, and statements about two tables at once.</summary>
internal static class Relations
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("cascade.insert_child", 4, InsertChildAsync),
        new("cascade.insert_parent", 2, InsertParentAsync),
        new("cascade.update", 2, UpdateAsync),
        new("cascade.delete", 1, DeleteAsync),
        new("join.insert_line", 3, InsertLineAsync),
        new("join.update", 2, UpdateJoinAsync),
        new("join.update_both", 2, UpdateBothAsync),
        new("join.delete", 1, DeleteJoinAsync),
    ];

    private static Task InsertChildAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO children (parent_code, n) VALUES ({Code(caller)}, {caller.Number})");

    private static Task InsertParentAsync(Caller caller) => caller.RunAsync(
        $"INSERT IGNORE INTO parents (id, code, n) VALUES ({caller.Next(ChaosSchema.Parents)}, {Code(caller)}, {caller.Number})");

    private static Task UpdateAsync(Caller caller) => caller.RunAsync(
        $"UPDATE parents SET code = {Code(caller)}, n = n + 1 WHERE id = {caller.Next(ChaosSchema.Parents)}");

    private static Task DeleteAsync(Caller caller) => caller.RunAsync($"DELETE FROM parents WHERE id = {caller.Next(ChaosSchema.Parents)}");

    private static Task InsertLineAsync(Caller caller) => caller.RunAsync(
        $"INSERT IGNORE INTO order_lines (order_id, line, price) VALUES ({Order(caller)}, {caller.Next(20)}, {caller.Next(100)})");

    private static Task UpdateJoinAsync(Caller caller) => caller.RunAsync(
        $"""
        UPDATE orders o JOIN (SELECT order_id, SUM(price) AS total, COUNT(*) AS line_count FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
        SET o.total = l.total, o.line_count = l.line_count WHERE o.id = {Order(caller)}
        """);

    private static Task UpdateBothAsync(Caller caller) => caller.RunAsync(
        $"UPDATE orders o JOIN order_lines l ON l.order_id = o.id SET o.total = o.total + 1, l.price = l.price + 1 WHERE o.id = {Order(caller)}");

    private static Task DeleteJoinAsync(Caller caller) => caller.RunAsync(
        $"DELETE l FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.id = {Order(caller)} AND l.line > {caller.Next(20)}");

    private static int Code(Caller caller) => caller.Next(2 * ChaosSchema.Parents) * 100;

    private static int Order(Caller caller) => caller.Next(ChaosSchema.Orders);
}
