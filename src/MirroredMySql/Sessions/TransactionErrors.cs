using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>Why a transaction cannot go on, or what became of it.</summary>
internal static class TransactionErrors
{
    private const string RunAgain = "Nothing of it was committed; run it again.";

    /// <summary>The SQLSTATE of a serialization failure, which retry policies look for.</summary>
    private const string RolledBack = "40001";

    public static MirroredDbException LeadLost(Node node) =>
        new($"The transaction is rolled back: the {node.Name} was lost, and what it had read there cannot be read again elsewhere. {RunAgain}",
            null, isTransient: true, RolledBack) { Node = node.Role };

    public static MirroredDbException ConnectionLost(Node node, Exception? cause = null) =>
        new($"The transaction is rolled back: its connection to the {node.Name} was lost. {RunAgain}", cause, isTransient: true, RolledBack)
        {
            Node = node.Role,
        };

    public static MirroredDbException EpochChanged(Node node, Exception? cause) =>
        new($"The write is rolled back: the {node.Name} has moved on to another epoch, because a node was lost, came back or took the lead. {RunAgain}",
            cause, isTransient: true, RolledBack) { Node = node.Role };

    public static MirroredDbException HeldUp(Node node, Exception cause) =>
        new($"The transaction is rolled back: the {node.Name} has kept it from committing for too long, while the other node was brought back or the lead "
            + $"changed. {RunAgain}", cause, isTransient: true, RolledBack) { Node = node.Role };

    public static MirroredDbException HalvesDiffer(Node node, Exception cause) =>
        new($"The transaction is rolled back: the {node.Name} refused a savepoint that the other node took. {RunAgain}", cause, isTransient: true,
            RolledBack) { Node = node.Role };

    public static MirroredDbException SessionLost(Node node) =>
        new($"The session's connection to the {node.Name} was lost, and with it its temporary tables, locks or variables. "
            + "Close the connection, open it again and start over.", null, isTransient: true) { Node = node.Role };

    public static MirroredDbException Interrupted(Exception cause) =>
        new(
            "The transaction can only be rolled back: one of its writes was cancelled or timed out, and whether the server had carried it out "
            + $"is unknown. {RunAgain}",
            cause, isTransient: true, RolledBack);

    public static MirroredDbException Poisoned(Exception cause) =>
        cause is MirroredDbException own
            ? new MirroredDbException(own.Message, own, own.IsTransient, own.SqlState) { Node = own.Node }
            : new MirroredDbException(
                $"The transaction can only be rolled back, because of an earlier error: {cause.Message}", cause, isTransient: true, RolledBack);

    public static MirroredDbException CommittedInside() =>
        new("A procedure has committed the transaction that it was called in, so that a part of it is permanent and a part is not. "
            + "Leave COMMIT and schema changes out of procedures that are called in a transaction.");

    public static MirroredDbException InDoubt(Node lead, Exception leadError, Node follower, Exception followerError) =>
        new(
            $"Whether the write stands is unknown: the {lead.Name} and the {follower.Name} have not both confirmed its COMMIT, and it could not be made sure "
            + "which of them counts. Look at the data before you run it again.",
            new AggregateException(leadError, followerError)) { IsInDoubt = true };

    public static MirroredDbException InDoubtOnLead(Node lead, Exception cause) =>
        new(
            $"Whether the write was carried out is unknown: the {lead.Name} did not confirm it. Look at the data before you run it again.",
            cause) { IsInDoubt = true, Node = lead.Role };
}
