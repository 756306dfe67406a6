using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>JSON, long texts in every script, and bytes.</summary>
internal static class Documents
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("document.insert", 3, InsertAsync),
        new("document.update", 2, UpdateAsync),
        new("document.set", 2, SetAsync),
    ];

    private static Task InsertAsync(Caller caller) => caller.RunAsync(
        "INSERT INTO documents (code, doc, body, data) VALUES (@code, @doc, @body, @data)",
        ("code", caller.Next(100)),
        ("doc", Texts.Json(caller.Random)),
        ("body", Texts.Phrase(caller.Random)),
        ("data", Texts.Bytes(caller.Random)));

    private static Task UpdateAsync(Caller caller) => caller.RunAsync(
        "UPDATE documents SET body = CONCAT(COALESCE(body, ''), @body), data = @data WHERE code = @code AND LENGTH(body) < 1000",
        ("body", Texts.Phrase(caller.Random)), ("data", Texts.Bytes(caller.Random)), ("code", caller.Next(100)));

    private static Task SetAsync(Caller caller) => caller.RunAsync(
        $"UPDATE documents SET doc = JSON_SET(doc, '$.n', {caller.Next(1000)}, '$.\"城市\"', '上海 🥮') WHERE code = {caller.Next(100)}");
}
