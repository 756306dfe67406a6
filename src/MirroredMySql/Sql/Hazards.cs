namespace MirroredMySql.Sql;

/// <summary>What a statement contains that the statement context cannot repeat. Decisions as data: docs/sql.md lists the same rows.</summary>
internal static class Hazards
{
    private static readonly (StatementTraits Trait, string Reason)[] Inexact =
    [
        (StatementTraits.NonDeterministic, "a function gives each node another value (UUID and the like)"),
        (StatementTraits.Sysdate, "SYSDATE() is each node's own clock; NOW() is not"),
        (StatementTraits.ServerIdentity, "each node answers for itself (CONNECTION_ID, USER, VERSION)"),
        (StatementTraits.LimitWithoutOrder, "LIMIT without ORDER BY may choose other rows on each node"),
        (StatementTraits.Sequence, "a sequence is each node's own"),
        (StatementTraits.UserLock, "named locks are each node's own"),
        (StatementTraits.CreateSelect, "CREATE TABLE … SELECT reads without locks"),
        (StatementTraits.ReadsDiagnostics, "the nodes' sessions have not run the same statements before"),
    ];

    private static readonly StatementTraits Any = Inexact.Aggregate(StatementTraits.None, (all, row) => all | row.Trait);

    /// <summary>Why the two nodes may hold different rows behind a write, or null when they do not.</summary>
    public static string? Of(Statement statement)
    {
        if ((statement.Traits & Any) == 0)
            return null;
        return Inexact.First(row => (statement.Traits & row.Trait) != 0).Reason;
    }
}
