using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Views that come and go, and writes through them.</summary>
internal static class Views
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("view.replace", 1, caller => caller.RunAsync($"CREATE OR REPLACE VIEW ddl_view AS SELECT id, n FROM viewed WHERE n > {caller.Next(100)}")),
        new("view.create", 1, caller => caller.RunAsync($"CREATE VIEW ddl_view AS SELECT id, k, n FROM viewed WHERE k > {caller.Next(20)}")),
        new("view.drop", 1, caller => caller.RunAsync("DROP VIEW IF EXISTS ddl_view")),
        new("view.update", 1, caller => caller.RunAsync($"UPDATE ddl_view SET n = n + 1 WHERE id = {caller.Next(ChaosSchema.Keys)}")),
    ];
}
