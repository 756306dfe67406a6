using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Statements that must fail, on both nodes or on none.</summary>
internal static class Failures
{
    private const int LockTimeout = 1205;
    private const int Deadlock = 1213;

    public static IReadOnlyList<Operation> All { get; } =
    [
        new("failure.duplicate", 2, caller => caller.FailAsync("INSERT INTO fixed_parents (id) VALUES (901), (1)", 1062, LockTimeout, Deadlock)),
        new("failure.missing_table", 1, caller => caller.FailAsync("INSERT INTO nowhere (n) VALUES (1)", 1146)),
        new("failure.syntax", 1, caller => caller.FailAsync("INSERT INTO items VALUE VALUE", 1064)),
        new("failure.missing_parent", 2, caller => caller.FailAsync("INSERT INTO fixed_children (parent_id) VALUES (1), (902)", 1452, LockTimeout, Deadlock)),
        new("failure.referenced", 2, caller => caller.FailAsync("DELETE FROM fixed_parents WHERE id < 5", 1451, LockTimeout, Deadlock)),
        new("failure.column", 1, caller => caller.FailAsync("UPDATE items SET nothing = 1", 1054)),
        new("failure.too_long", 1, caller => caller.FailAsync("INSERT INTO tallies (name, n) VALUES ('fits', 1), (REPEAT('x', 21), 1)", 1406, 1062, LockTimeout, Deadlock)),
    ];
}
