using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Plain inserts, with given and with automatic keys, and reads of one's own writes.</summary>
internal static class Inserts
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("insert.row", 6, RowAsync),
        new("insert.rows", 4, RowsAsync),
        new("insert.ignore", 4, IgnoreAsync),
        new("insert.automatic", 6, AutomaticAsync),
        new("insert.automatic_rows", 4, AutomaticRowsAsync),
        new("insert.mixed_ids", 2, MixedIdsAsync),
        new("insert.heap", 2, HeapAsync),
        new("read.own", 3, OwnAsync),
        new("read.locking", 2, LockingAsync),
    ];

    private static Task RowAsync(Caller caller) => caller.RunAsync(
        "INSERT INTO items (id, k, n, label) VALUES (@id, @k, @n, @label)",
        ("id", caller.Next(2 * ChaosSchema.Keys)),
        ("k", caller.Next(50)),
        ("n", caller.Next(1000)),
        ("label", Texts.Phrase(caller.Random)));

    private static Task RowsAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO items (id, k, n) VALUES {string.Join(", ", Rows(caller, _ => $"({caller.Next(4 * ChaosSchema.Keys)}, {caller.Next(50)}, {caller.Next(100)})"))}");

    private static Task IgnoreAsync(Caller caller) => caller.RunAsync(
        $"INSERT IGNORE INTO drawers (code, n) VALUES {string.Join(", ", Rows(caller, _ => $"({caller.Next(400)}, {caller.Number})"))}");

    private static Task AutomaticAsync(Caller caller) => caller.RunAsync(
        "INSERT INTO notes (author, body) VALUES (@author, @body)", ("author", caller.Number), ("body", Texts.Phrase(caller.Random)));

    private static Task AutomaticRowsAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO notes (author, body) VALUES {string.Join(", ", Rows(caller, i => $"({caller.Number}, 'row {i}')"))}");

    private static Task MixedIdsAsync(Caller caller) => caller.RunAsync(
        $"INSERT INTO notes (id, author, body) VALUES (NULL, {caller.Number}, 'null'), (0, {caller.Number}, 'zero'), (DEFAULT, {caller.Number}, 'default')");

    private static Task HeapAsync(Caller caller) => caller.RunAsync(
        "INSERT INTO heap (n, label) VALUES (@n, @label)", ("n", caller.Next(100)), ("label", Texts.Phrase(caller.Random)));

    private static async Task OwnAsync(Caller caller)
    {
        var body = Guid.NewGuid().ToString();
        var id = await caller.ScalarAsync(
            "INSERT INTO notes (author, body) VALUES (@author, @body); SELECT LAST_INSERT_ID()", ("author", caller.Number), ("body", body));
        var read = await caller.ScalarAsync("SELECT body FROM notes WHERE id = @id", ("id", id));
        // Others delete notes, but none that are as new.
        if (read as string != body)
            throw new WrongAnswerException($"Note {id} was written with the body {body} and read back with {read ?? "none"}.");
    }

    private static Task LockingAsync(Caller caller) => caller.TransactAsync(async () =>
    {
        var id = caller.Next(ChaosSchema.Keys);
        await caller.ScalarAsync($"SELECT n FROM items WHERE id = {id} FOR UPDATE");
        await caller.RunAsync($"UPDATE items SET n = n + 1 WHERE id = {id}");
    });

    private static IEnumerable<string> Rows(Caller caller, Func<int, string> row) => Enumerable.Range(0, 2 + caller.Next(5)).Select(row);
}
