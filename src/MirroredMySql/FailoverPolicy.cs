namespace MirroredMySql;

/// <summary>Who may take the lead when the node that leads cannot be reached.</summary>
public enum FailoverPolicy
{
    /// <summary>
    /// The other node takes it by itself. Where the network parts the clients, both sides can go on alone: see
    /// <see cref="ConflictResolution"/>.
    /// </summary>
    Automatic,

    /// <summary>
    /// A node goes on alone, as lead or instead of it, only when a third server agrees (<see cref="MirroredMySqlOptions.Witness"/>), which
    /// gives its word to one of the two. Both never go on alone; without the witness none does.
    /// </summary>
    WitnessRequired,

    /// <summary>
    /// Nobody, until an operator says so (<see cref="MirroredDbDataSource.SwitchLeadAsync"/>): writes fail until the lead is back. A lead
    /// whose follower is lost goes on alone all the same.
    /// </summary>
    Manual,
}
