using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Writes whose values come from other rows.</summary>
internal static class Copies
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("select.insert", 3, InsertAsync),
        new("select.automatic", 3, AutomaticAsync),
        new("select.upsert", 3, UpsertAsync),
        new("select.replace", 2, ReplaceAsync),
        new("select.limit", 1, LimitAsync),
        new("select.subquery", 3, SubqueryAsync),
        new("select.delete", 1, DeleteAsync),
    ];

    private static Task InsertAsync(Caller caller) => caller.RunAsync(
        $"INSERT IGNORE INTO snapshots (worker, item, n) SELECT {caller.Number}, id, n FROM items WHERE k = {caller.Next(50)}");

    private static Task AutomaticAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO copies (source, n) SELECT id, n FROM items WHERE k = {caller.Next(50)}");

    private static Task UpsertAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO snapshots (worker, item, n) SELECT {caller.Number}, id, n FROM items WHERE k = {caller.Next(50)} ON DUPLICATE KEY UPDATE n = VALUES(n)");

    private static Task ReplaceAsync(Caller caller) => caller.RunAsync(
        $"REPLACE INTO snapshots (worker, item, n) SELECT {caller.Number}, id, n FROM items WHERE id BETWEEN {caller.Next(ChaosSchema.Keys)} AND {caller.Next(ChaosSchema.Keys)}");

    private static Task LimitAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO copies (source, n) SELECT id, n FROM items ORDER BY id DESC LIMIT {1 + caller.Next(5)}");

    private static Task SubqueryAsync(Caller caller) => caller.RunAsync(
        $"UPDATE totals SET total = (SELECT SUM(n) FROM items WHERE k = {caller.Next(50)}) WHERE id = {caller.Next(ChaosSchema.Orders)}");

    private static Task DeleteAsync(Caller caller) => caller.RunAsync(
        $"DELETE FROM snapshots WHERE item IN (SELECT id FROM items WHERE k = {caller.Next(50)})");
}
