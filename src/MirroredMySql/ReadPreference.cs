namespace MirroredMySql;

/// <summary>Where a read goes that needs no particular node. A session that has written, or holds session state, stays on the lead.</summary>
public enum ReadPreference
{
    /// <summary>On the node that leads: what a write has committed is there first.</summary>
    Lead,

    /// <summary>On the standby while it is in step, to take load from the primary.</summary>
    Standby,

    /// <summary>On either node in step, by turns, one session at a time.</summary>
    Balanced,
}
