using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Values that no two servers agree on by themselves: unique ids, the clock, random numbers.</summary>
internal static class Chance
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("uuid.values", 3, caller => caller.RunAsync($"INSERT INTO uuids (id, n) VALUES (UUID(), {caller.Next(100)})")),
        new("uuid.two_rows", 1, caller => caller.RunAsync($"INSERT INTO uuids (id, n, tag) VALUES (UUID(), {caller.Next(100)}, UUID()), (UUID(), 7, NULL)")),
        new("uuid.update", 1, caller => caller.RunAsync($"UPDATE uuids SET tag = UUID() WHERE n = {caller.Next(100)}")),
        new("clock.values", 4, caller => caller.RunAsync("INSERT INTO dice (chance, at, day) VALUES (RAND(), NOW(6), CURDATE()), (RAND(), CURRENT_TIMESTAMP(6), NULL)")),
        new("clock.update", 2, caller => caller.RunAsync($"UPDATE dice SET chance = RAND(), at = NOW(6) WHERE id BETWEEN {caller.Next(300)} AND 300")),
        new("clock.sysdate", 1, caller => caller.RunAsync("INSERT INTO dice (chance, at) VALUES (0.5, SYSDATE(6))")),
    ];
}
