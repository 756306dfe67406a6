using System.Data.Common;

namespace MirroredMySql;

/// <summary>How a pair of nodes is used. Every value has a default; set what differs.</summary>
public sealed class MirroredMySqlOptions
{
    /// <summary>The connection string of the primary, in the driver's own form. Required, unless the data source is made of two others.</summary>
    public string? Primary { get; set; }

    /// <summary>
    /// The connection string of the standby; required likewise. Options that change the meaning of a statement must equal the primary's.
    /// </summary>
    public string? Standby { get; set; }

    /// <summary>The driver's factory, or null, the default, for the one that is installed (MySqlConnector before MySql.Data).</summary>
    public DbProviderFactory? Driver { get; set; }

    /// <summary>Where a read goes that needs no particular node. The lead by default.</summary>
    public ReadPreference ReadPreference { get; set; } = ReadPreference.Lead;

    /// <summary>
    /// Who may take the lead when the node that leads cannot be reached. The other node by itself is the default. All processes have to be
    /// told the same.
    /// </summary>
    public FailoverPolicy FailoverPolicy { get; set; }

    /// <summary>
    /// The connection string of a third MySQL or MariaDB server that must agree before a node goes on alone, or null, the default. Needed with
    /// <see cref="FailoverPolicy.WitnessRequired"/>, refused with <see cref="FailoverPolicy.Automatic"/>; its account has to be able to create
    /// one small table. All processes have to be told the same.
    /// </summary>
    public string? Witness { get; set; }

    /// <summary>Which node counts when both have led alone. The primary by default. All processes have to be told the same.</summary>
    public ConflictResolution ConflictResolution { get; set; }

    /// <summary>
    /// How often an autocommit write is run again that was rolled back because its connection or a node was lost, because the epoch has
    /// changed, or because it lost a deadlock or waited for a lock in vain on the follower only; and how often a server that has no session to
    /// give (1040, 1203, 1226) is tried again before it counts as lost. What the way back of a node holds up does not count. 3 by default, as
    /// in the original system; 0 to 100. 0 leaves all that to the caller.
    /// </summary>
    public int RetryAttempts { get; set; } = 3;

    /// <summary>
    /// About how long to wait before the first of those retries; each further one waits about twice as long. A random part keeps writers from
    /// meeting again. 50 ms by default; zero to one minute.
    /// </summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a write waits for a lock on the follower. Short, because two nodes can wait for each other where neither sees it: both
    /// halves are then rolled back, and the writer gets the follower's error 1205 where the write is not to be run again. 3 s by default; one
    /// second to one hour, in whole seconds.
    /// </summary>
    public TimeSpan FollowerLockTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a node that is absent is tried again. 1 s by default; above zero, at most one hour.</summary>
    public TimeSpan ReconnectInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a process that starts while one node cannot be reached may serve from the other, although that one does not know what has
    /// become of its partner. Writes that only the missing node has taken are then in conflict with what is written from now on. False by
    /// default.
    /// </summary>
    public bool StartAlone { get; set; }

    /// <summary>
    /// How many transactions the journal may hold for an absent node. Past that, or past one of the two bounds below, they are not kept any
    /// more, and all tables are copied to the node when it is back. 1,000,000 by default; at least 1.
    /// </summary>
    public long JournalMaxRows { get; set; } = 1_000_000;

    /// <summary>How many bytes the journal may hold. 1 GiB by default; at least 1.</summary>
    public long JournalMaxBytes { get; set; } = 1L << 30;

    /// <summary>How old the oldest write in the journal may be. One day by default; one second to 365 days.</summary>
    public TimeSpan JournalMaxAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Whether the primary leads again by itself once it has been in step for <see cref="AutoFailbackDelay"/>. False by default.</summary>
    public bool AutoFailback { get; set; }

    /// <summary>
    /// How long the primary has to be in step before it leads again by itself; counted anew when the lead is switched by hand. One minute by
    /// default; zero to one day.
    /// </summary>
    public TimeSpan AutoFailbackDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often both nodes are looked at while all is well. 30 s by default, as in the original system; 0.1 seconds to one day.</summary>
    public TimeSpan HealthCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a node may take to answer a question that a healthy one answers at once, before it counts as lost. 3 s by default; one second
    /// to half an hour. All processes have to be told the same.
    /// </summary>
    public TimeSpan NodeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a process may go by what both nodes have told it last. Whoever goes on with one node alone commits nothing before all other
    /// processes know of it, or have been silent for as long; and a process that has heard nothing for as long takes no node out of the pair
    /// unless it is the only one. A tenth of it is the time between two signs of life. 12 s by default; at least four times
    /// <see cref="NodeTimeout"/>, so that a lost node is found in time, and at most two hours. All processes have to be told the same.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>
    /// What becomes of a write of which it is known beforehand that the nodes may end up with different rows. By default it runs, and its
    /// tables become suspect.
    /// </summary>
    public UnsafeStatements UnsafeStatements { get; set; } = UnsafeStatements.MarkSuspect;

    /// <summary>All that is wrong with the values, each with the name of the setting and what it takes.</summary>
    internal IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(ReadPreference))
            yield return $"{nameof(ReadPreference)} is {ReadPreference}; it must be Lead, Standby or Balanced.";
        if (!Enum.IsDefined(FailoverPolicy))
            yield return $"{nameof(FailoverPolicy)} is {FailoverPolicy}; it must be Automatic, WitnessRequired or Manual.";
        if (!Enum.IsDefined(ConflictResolution))
            yield return $"{nameof(ConflictResolution)} is {ConflictResolution}; it must be Primary, Standby or Manual.";
        if (FailoverPolicy == FailoverPolicy.WitnessRequired && string.IsNullOrWhiteSpace(Witness))
            yield return $"{nameof(Witness)} is missing; {nameof(FailoverPolicy)} WitnessRequired takes the connection string of a third server.";
        if (FailoverPolicy == FailoverPolicy.Automatic && !string.IsNullOrWhiteSpace(Witness))
            yield return $"{nameof(Witness)} is set, and {nameof(FailoverPolicy)} Automatic does not ask it; it must be WitnessRequired, or no witness named.";
        if (!Enum.IsDefined(UnsafeStatements))
            yield return $"{nameof(UnsafeStatements)} is {UnsafeStatements}; it must be MarkSuspect or Throw.";
        if (RetryAttempts is < 0 or > 100)
            yield return $"{nameof(RetryAttempts)} is {RetryAttempts}; it must be 0 to 100.";
        if (RetryDelay < TimeSpan.Zero || RetryDelay > TimeSpan.FromMinutes(1))
            yield return $"{nameof(RetryDelay)} is {RetryDelay}; it must be between zero and one minute.";
        if (FollowerLockTimeout < TimeSpan.FromSeconds(1) || FollowerLockTimeout > TimeSpan.FromHours(1)
            || FollowerLockTimeout.Ticks % TimeSpan.TicksPerSecond != 0)
            yield return $"{nameof(FollowerLockTimeout)} is {FollowerLockTimeout}; it must be one second to one hour, in whole seconds.";
        if (HealthCheckInterval < TimeSpan.FromMilliseconds(100) || HealthCheckInterval > TimeSpan.FromDays(1))
            yield return $"{nameof(HealthCheckInterval)} is {HealthCheckInterval}; it must be 0.1 seconds to one day.";
        if (NodeTimeout < TimeSpan.FromSeconds(1) || NodeTimeout > TimeSpan.FromMinutes(30))
            yield return $"{nameof(NodeTimeout)} is {NodeTimeout}; it must be one second to half an hour.";
        if (Lease < 4 * NodeTimeout || Lease > TimeSpan.FromHours(2))
            yield return $"{nameof(Lease)} is {Lease}; it must be at least four times {nameof(NodeTimeout)} ({NodeTimeout}) and at most two hours.";
        if (JournalMaxRows < 1)
            yield return $"{nameof(JournalMaxRows)} is {JournalMaxRows}; it must be at least 1.";
        if (JournalMaxBytes < 1)
            yield return $"{nameof(JournalMaxBytes)} is {JournalMaxBytes}; it must be at least 1.";
        if (JournalMaxAge < TimeSpan.FromSeconds(1) || JournalMaxAge > TimeSpan.FromDays(365))
            yield return $"{nameof(JournalMaxAge)} is {JournalMaxAge}; it must be one second to 365 days.";
        if (AutoFailbackDelay < TimeSpan.Zero || AutoFailbackDelay > TimeSpan.FromDays(1))
            yield return $"{nameof(AutoFailbackDelay)} is {AutoFailbackDelay}; it must be zero to one day.";
        if (ReconnectInterval <= TimeSpan.Zero || ReconnectInterval > TimeSpan.FromHours(1))
            yield return $"{nameof(ReconnectInterval)} is {ReconnectInterval}; it must be above zero and at most one hour.";
    }
}
