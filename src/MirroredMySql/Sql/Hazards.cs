namespace MirroredMySql.Sql;

/// <summary>
/// What a statement may contain that the statement context cannot repeat, and why that is doubtful where nothing could be done about it.
/// </summary>
internal static class Hazards
{
    private static readonly (StatementTraits Trait, string Reason)[] Rows =
    [
        (StatementTraits.NonDeterministic, "a function gives each row and each node another value (UUID and the like)"),
        (StatementTraits.Sysdate, "SYSDATE() is each node's own clock; NOW() is not"),
        (StatementTraits.ServerIdentity, "each node answers for itself (CONNECTION_ID, USER, VERSION)"),
        (StatementTraits.LimitWithoutOrder, "LIMIT may choose other rows on each node where no primary key orders them"),
        (StatementTraits.SkipLocked, "SKIP LOCKED leaves out what others lock on that node"),
        (StatementTraits.Sequence, "a sequence is each node's own"),
        (StatementTraits.UserLock, "named locks are each node's own"),
        (StatementTraits.ReadsDiagnostics, "the nodes' sessions have not run the same statements before"),
    ];

    public static readonly StatementTraits Any = Rows.Aggregate(StatementTraits.None, (all, row) => all | row.Trait);

    /// <summary>The reason of the first of these traits, or null when there is none.</summary>
    public static string? Reason(StatementTraits traits) =>
        (traits & Any) == 0 ? null : Rows.First(row => (traits & row.Trait) != 0).Reason;
}
