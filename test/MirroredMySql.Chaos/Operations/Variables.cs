using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>User variables: constants, those read from tables, and those that count within a statement.</summary>
internal static class Variables
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("variable.constant", 2, ConstantAsync),
        new("variable.last_id", 2, LastIdAsync),
        new("variable.select_into", 1, SelectIntoAsync),
        new("variable.set_query", 1, SetQueryAsync),
        new("variable.counting", 1, CountingAsync),
    ];

    private static async Task ConstantAsync(Caller caller)
    {
        await caller.RunAsync($"SET @n = {caller.Next(1000)}, @label = '北京'");
        await caller.RunAsync("INSERT INTO variable_rows (n, label) VALUES (@n, @label), (@n + 1, CONCAT(@label, '!'))");
    }

    private static async Task LastIdAsync(Caller caller)
    {
        await caller.RunAsync($"INSERT INTO notes (author, body) VALUES ({caller.Number}, 'remembered')");
        await caller.RunAsync("SET @id = LAST_INSERT_ID()");
        await caller.RunAsync("INSERT INTO variable_rows (n, label) VALUES (@id, 'last id')");
    }

    private static async Task SelectIntoAsync(Caller caller)
    {
        await caller.RunAsync($"SELECT SUM(n) INTO @total FROM items WHERE k = {caller.Next(50)}");
        await caller.RunAsync("INSERT INTO variable_rows (n, label) VALUES (@total, 'select into')");
    }

    private static async Task SetQueryAsync(Caller caller)
    {
        await caller.RunAsync($"SET @total = (SELECT SUM(n) FROM items WHERE k = {caller.Next(50)})");
        await caller.RunAsync("INSERT INTO variable_rows (n, label) VALUES (@total, 'set query')");
    }

    private static async Task CountingAsync(Caller caller)
    {
        await caller.RunAsync("SET @i = 0");
        await caller.RunAsync($"UPDATE variable_rows SET n = (@i := @i + 1) WHERE id BETWEEN {caller.Next(50)} AND 50 ORDER BY id");
    }
}
