namespace MirroredMySql;

/// <summary>What kind of thing has happened.</summary>
public enum MirrorEventKind
{
    /// <summary>Writes go elsewhere than before, or another node leads: <see cref="MirrorEvent.Mode"/> and <see cref="MirrorEvent.Lead"/> hold from now on.</summary>
    ModeChanged,

    /// <summary>A table may differ between the nodes.</summary>
    TableSuspected,
}

/// <summary>Something that has happened to the pair, as this process has learnt of it.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="At">When this process learnt of it.</param>
/// <param name="Mode">Where writes go since.</param>
/// <param name="Lead">The node that leads since.</param>
/// <param name="Epoch">The number of the epoch. It grows with every change of the nodes that take part, and of the lead.</param>
/// <param name="Text">Why, in a sentence for people.</param>
public sealed record MirrorEvent(MirrorEventKind Kind, DateTimeOffset At, MirrorMode Mode, NodeRole Lead, long Epoch, string Text);
