using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>REPLACE and ON DUPLICATE KEY UPDATE, on one unique key and on two.</summary>
internal static class Upserts
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("upsert.row", 4, RowAsync),
        new("upsert.rows", 4, RowsAsync),
        new("upsert.automatic", 4, AutomaticAsync),
        new("upsert.automatic_rows", 4, AutomaticRowsAsync),
        new("upsert.two_keys", 3, TwoKeysAsync),
        new("upsert.two_keys_rows", 3, TwoKeysRowsAsync),
        new("replace.row", 3, ReplaceAsync),
        new("replace.rows", 3, ReplaceRowsAsync),
        new("replace.two_keys", 2, ReplaceTwoKeysAsync),
    ];

    private static Task RowAsync(Caller caller) => caller.RunAsync(
        "INSERT INTO tallies (name, n) VALUES (@name, 1) ON DUPLICATE KEY UPDATE n = n + 1", ("name", Name(caller)));

    private static Task RowsAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO tallies (name, n) VALUES ('{Name(caller)}', 1), ('{Name(caller)}', 2), ('{Name(caller)}', 3) ON DUPLICATE KEY UPDATE n = n + VALUES(n)");

    private static Task AutomaticAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO drawers (code, n) VALUES ({caller.Next(400)}, 1) ON DUPLICATE KEY UPDATE n = n + 1, id = LAST_INSERT_ID(id)");

    private static Task AutomaticRowsAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO drawers (code, n) VALUES ({caller.Next(400)}, 1), ({caller.Next(400)}, 2), ({caller.Next(400)}, 3) ON DUPLICATE KEY UPDATE n = n + VALUES(n)");

    private static Task TwoKeysAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO slots (a, b, n) VALUES ({caller.Next(200)}, {caller.Next(200)}, {caller.Number}) ON DUPLICATE KEY UPDATE n = n + 1");

    private static Task TwoKeysRowsAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO slots (a, b, n) VALUES ({caller.Next(200)}, {caller.Next(200)}, 1), ({caller.Next(200)}, {caller.Next(200)}, 2) ON DUPLICATE KEY UPDATE n = n + VALUES(n)");

    private static Task ReplaceAsync(Caller caller) => caller.RunAsync(
        "REPLACE INTO items (id, k, n, label) VALUES (@id, @k, @n, @label)",
        ("id", caller.Next(ChaosSchema.Keys)), ("k", caller.Next(50)), ("n", caller.Next(1000)), ("label", Texts.Phrase(caller.Random)));

    private static Task ReplaceRowsAsync(Caller caller) => caller.RunAsync(
        $"REPLACE INTO drawers (code, n) VALUES ({caller.Next(400)}, {caller.Number}), ({caller.Next(400)}, {caller.Number})");

    private static Task ReplaceTwoKeysAsync(Caller caller) => caller.RunAsync(
        $"REPLACE INTO slots (a, b, n) VALUES ({caller.Next(200)}, {caller.Next(200)}, {caller.Number})");

    private static string Name(Caller caller) => $"name {caller.Next(30)}";
}
