using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Changes of a few tables' definitions, by everyone, while <see cref="TableRows"/> writes to them.</summary>
internal static class Tables
{
    private const string Columns = "(id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NULL, label VARCHAR(60) NULL)";

    public static IReadOnlyList<Operation> All { get; } =
    [
        new("ddl.create", 2, caller => caller.RunAsync($"CREATE TABLE {Any(caller)} {Columns}")),
        new("ddl.create_missing", 3, caller => caller.RunAsync($"CREATE TABLE IF NOT EXISTS {Any(caller)} {Columns}")),
        new("ddl.create_like", 1, CreateLikeAsync),
        new("ddl.create_select", 1, CreateSelectAsync),
        new("ddl.drop", 1, caller => caller.RunAsync($"DROP TABLE IF EXISTS {Any(caller)}")),
        new("ddl.drop_plain", 1, caller => caller.RunAsync($"DROP TABLE {Any(caller)}")),
        new("ddl.add_column", 2, caller => caller.RunAsync($"ALTER TABLE {Any(caller)} ADD COLUMN extra{caller.Next(3)} INT NOT NULL DEFAULT {caller.Next(9)}")),
        new("ddl.drop_column", 1, caller => caller.RunAsync($"ALTER TABLE {Any(caller)} DROP COLUMN extra{caller.Next(3)}")),
        new("ddl.add_index", 1, caller => caller.RunAsync($"ALTER TABLE {Any(caller)} ADD INDEX by_n (n)")),
        new("ddl.drop_index", 1, caller => caller.RunAsync($"ALTER TABLE {Any(caller)} DROP INDEX by_n")),
        new("ddl.create_index", 1, caller => caller.RunAsync($"CREATE INDEX by_label ON {Any(caller)} (label)")),
        new("ddl.truncate", 2, caller => caller.RunAsync($"TRUNCATE TABLE {Any(caller)}")),
        new("ddl.rename", 1, caller => caller.RunAsync($"RENAME TABLE {Any(caller)} TO {Any(caller)}")),
    ];

    /// <summary>One of the tables; whether it exists is another matter.</summary>
    public static string Any(Caller caller) => ChaosSchema.ChangingTables[caller.Next(ChaosSchema.ChangingTables.Count)];

    private static Task CreateLikeAsync(Caller caller)
    {
        var tables = ChaosSchema.ChangingTables;
        var copy = caller.Next(tables.Count);
        return caller.RunAsync($"CREATE TABLE {tables[copy]} LIKE {tables[(copy + 1 + caller.Next(tables.Count - 1)) % tables.Count]}");
    }

    private static async Task CreateSelectAsync(Caller caller)
    {
        await caller.RunAsync("DROP TABLE IF EXISTS ddl_selected");
        await caller.RunAsync($"CREATE TABLE ddl_selected AS SELECT id, n, label FROM items WHERE k < {caller.Next(20)}");
    }
}
