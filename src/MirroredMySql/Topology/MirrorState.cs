namespace MirroredMySql.Topology;

/// <summary>The row by which all processes agree on who leads. Each node holds one.</summary>
/// <param name="Epoch">Grows with every change.</param>
/// <param name="Token">A random name of this epoch. Numbers alone would collide when both nodes moved on.</param>
/// <param name="Previous">The token before it.</param>
/// <param name="Mode">Where writes go.</param>
/// <param name="Lead">Who leads.</param>
/// <param name="Reason">Why it was changed.</param>
/// <param name="IsAnnounced">Whether it was made sure that all processes know of an epoch in which one node leads alone. Nothing is committed in it before.</param>
internal sealed record MirrorState(long Epoch, string Token, string Previous, MirrorMode Mode, NodeRole Lead, string Reason, bool IsAnnounced = false)
{
    /// <summary>What stands where no epoch came before.</summary>
    public static readonly string None = new('0', 32);

    /// <summary>What the first row of a new pair follows.</summary>
    public static MirrorState Unborn => new(0, NewToken(), None, MirrorMode.Mirrored, NodeRole.Primary, "being made");

    /// <summary>Whether a node with this row was the one that all writes went to.</summary>
    public bool LedAlone(NodeRole node) => Mode is MirrorMode.Solo or MirrorMode.CatchingUp or MirrorMode.Resyncing && Lead == node;

    public MirrorState Next(MirrorMode mode, NodeRole lead, string reason) => new(Epoch + 1, NewToken(), Token, mode, lead, reason);

    private static string NewToken() => Guid.NewGuid().ToString("N");
}

/// <summary>What two rows say together.</summary>
internal enum Lineage
{
    /// <summary>Both are of one epoch.</summary>
    Same,

    /// <summary>The primary's row counts; the standby has missed what came since.</summary>
    PrimaryAlone,

    /// <summary>The standby's row counts; the primary has missed what came since.</summary>
    StandbyAlone,

    /// <summary>A change reached the primary only, before anything was written under it: the standby's row follows.</summary>
    StandbyFollows,

    /// <summary>A change reached the standby only, before anything was written under it: the primary's row follows.</summary>
    PrimaryFollows,

    /// <summary>Both led alone: the policy, or an operator, says which counts.</summary>
    Split,

    /// <summary>Neither led alone, and neither row comes from the other: somebody has restored or changed one. An operator says which counts.</summary>
    Unrelated,
}

/// <summary>What the row of a node that is back says of the node, beside the row of the one that leads alone.</summary>
internal enum Kinship
{
    /// <summary>It stopped in the epoch that the lead's came from: it has missed what came since, and nothing else.</summary>
    Behind,

    /// <summary>It was received in this epoch of the lead's before, and not admitted.</summary>
    Received,

    /// <summary>It led alone too, from the same epoch on.</summary>
    Rival,

    /// <summary>It led alone, but nobody knows what it held when it began.</summary>
    StrangeRival,

    /// <summary>Nobody knows what it holds: it was restored, or a change of epoch did not reach it.</summary>
    Stranger,
}

/// <summary>Compares the rows of both nodes.</summary>
internal static class Lineages
{
    public static Lineage Compare(MirrorState primary, MirrorState standby)
    {
        var (primaryAlone, standbyAlone) = (primary.LedAlone(NodeRole.Primary), standby.LedAlone(NodeRole.Standby));
        if (primary.Token == standby.Token)
            return primaryAlone ? Lineage.PrimaryAlone : standbyAlone ? Lineage.StandbyAlone : Lineage.Same;
        return (primaryAlone, standbyAlone) switch
        {
            // Where nothing was committed, there is nothing to lose.
            (true, true) when primary.IsAnnounced != standby.IsAnnounced && primary.Previous == standby.Previous =>
                primary.IsAnnounced ? Lineage.PrimaryAlone : Lineage.StandbyAlone,
            (true, true) => Lineage.Split,
            (true, false) => Lineage.PrimaryAlone,
            (false, true) => Lineage.StandbyAlone,
            _ when primary.Previous == standby.Token => Lineage.StandbyFollows,
            _ when standby.Previous == primary.Token => Lineage.PrimaryFollows,
            _ => Lineage.Unrelated,
        };
    }

    /// <param name="lead">The row of the node that leads alone.</param>
    /// <param name="back">The row of the node that is back.</param>
    /// <param name="role">Which node is back.</param>
    public static Kinship Of(MirrorState lead, MirrorState back, NodeRole role)
    {
        if (back.LedAlone(role) && !back.IsAnnounced && back.Previous == lead.Previous)
            return Kinship.Behind;
        if (back.LedAlone(role))
            return back.Previous == lead.Previous ? Kinship.Rival : Kinship.StrangeRival;
        if (back.Token == lead.Previous)
            return Kinship.Behind;
        return back.Previous == lead.Token ? Kinship.Received : Kinship.Stranger;
    }
}
