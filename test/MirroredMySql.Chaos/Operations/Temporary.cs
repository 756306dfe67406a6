using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Temporary tables, and what is written from them.</summary>
internal static class Temporary
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("temporary.constants", 2, ConstantsAsync),
        new("temporary.copy", 1, CopyAsync),
    ];

    private static async Task ConstantsAsync(Caller caller)
    {
        await caller.RunAsync("CREATE TEMPORARY TABLE scratch (id INT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, label VARCHAR(60) NULL)");
        await caller.RunAsync($"INSERT INTO scratch (n, label) VALUES ({caller.Next(100)}, '一'), ({caller.Next(100)}, '二')");
        await WriteAndDropAsync(caller);
    }

    private static async Task CopyAsync(Caller caller)
    {
        await caller.RunAsync("CREATE TEMPORARY TABLE scratch (id INT PRIMARY KEY, n INT NOT NULL, label VARCHAR(60) NULL)");
        await caller.RunAsync($"INSERT INTO scratch (id, n, label) SELECT id, n, label FROM items WHERE k = {caller.Next(50)}");
        await WriteAndDropAsync(caller);
    }

    private static async Task WriteAndDropAsync(Caller caller)
    {
        await caller.RunAsync("UPDATE scratch SET n = n + 1");
        await caller.RunAsync("INSERT INTO temporary_rows (n, label) SELECT n, label FROM scratch ORDER BY id");
        await caller.RunAsync("DROP TEMPORARY TABLE scratch");
    }
}
