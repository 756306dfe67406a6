namespace MirroredMySql.Topology;

/// <summary>The row by which all processes agree on who leads. Each node holds one.</summary>
/// <param name="Epoch">Grows with every change.</param>
/// <param name="Token">A random name of this epoch. Numbers alone would collide when both nodes moved on.</param>
/// <param name="Previous">The token before it.</param>
/// <param name="Mode">Where writes go.</param>
/// <param name="Lead">Who leads.</param>
/// <param name="Reason">Why it was changed.</param>
internal sealed record MirrorState(long Epoch, string Token, string Previous, MirrorMode Mode, NodeRole Lead, string Reason)
{
    private static readonly string None = new('0', 32);

    /// <summary>What the first row of a new pair follows.</summary>
    public static MirrorState Unborn => new(0, NewToken(), None, MirrorMode.Mirrored, NodeRole.Primary, "being made");

    /// <summary>Whether a node with this row was the one that all writes went to.</summary>
    public bool LedAlone(NodeRole node) => Mode is MirrorMode.Solo or MirrorMode.CatchingUp && Lead == node;

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

    /// <summary>Both led alone, or neither row comes from the other.</summary>
    Split,
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
            (true, true) => Lineage.Split,
            (true, false) => Lineage.PrimaryAlone,
            (false, true) => Lineage.StandbyAlone,
            _ when primary.Previous == standby.Token => Lineage.StandbyFollows,
            _ when standby.Previous == primary.Token => Lineage.PrimaryFollows,
            _ => Lineage.Split,
        };
    }
}
