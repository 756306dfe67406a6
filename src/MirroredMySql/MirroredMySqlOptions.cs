using System.Data.Common;

namespace MirroredMySql;

/// <summary>How a pair of nodes is used. Every value has a default; set what differs.</summary>
public sealed class MirroredMySqlOptions
{
    /// <summary>The connection string of the primary, in the driver's own form.</summary>
    public string? Primary { get; set; }

    /// <summary>The connection string of the standby. Options that change the meaning of a statement must equal the primary's.</summary>
    public string? Standby { get; set; }

    /// <summary>The driver's factory, or null for the one that is installed (MySqlConnector before MySql.Data).</summary>
    public DbProviderFactory? Driver { get; set; }

    /// <summary>Where a read goes that needs no particular node.</summary>
    public ReadPreference ReadPreference { get; set; } = ReadPreference.Lead;

    /// <summary>
    /// Whether the other node takes the lead when the one that leads cannot be reached. When false, writes fail until it is back.
    /// </summary>
    public bool FailoverEnabled { get; set; } = true;

    /// <summary>
    /// How often an autocommit write is run again that was rolled back because a node was lost, or because it lost a deadlock on the
    /// follower only. 3 as in the original system; 0 leaves that to the caller.
    /// </summary>
    public int RetryAttempts { get; set; } = 3;

    /// <summary>How long to wait before the first of those retries; each further one waits twice as long.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a write waits for a lock on the follower. Short, because two nodes can wait for each other where neither sees it;
    /// the writer then gets the follower's 1205 after both halves are rolled back.
    /// </summary>
    public TimeSpan FollowerLockTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a node that is absent is tried again.</summary>
    public TimeSpan ReconnectInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a process that starts while one node cannot be reached may serve from the other, although that one does not know what has
    /// become of its partner. Writes that only the missing node has taken are then in conflict with what is written from now on.
    /// </summary>
    public bool StartAlone { get; set; }

    /// <summary>How often both nodes are looked at while all is well. 30 s as in the original system.</summary>
    public TimeSpan HealthCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a node may take to answer a question that a healthy one answers at once, before it counts as lost.</summary>
    public TimeSpan NodeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What becomes of a write of which it is known beforehand that the nodes may end up with different rows.</summary>
    public UnsafeStatements UnsafeStatements { get; set; } = UnsafeStatements.MarkSuspect;

    /// <summary>All that is wrong with the values, each with the name of the setting and what it takes.</summary>
    internal IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(ReadPreference))
            yield return $"{nameof(ReadPreference)} is {ReadPreference}; it must be Lead, Standby or Balanced.";
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
        if (NodeTimeout < TimeSpan.FromSeconds(1) || NodeTimeout > TimeSpan.FromHours(1))
            yield return $"{nameof(NodeTimeout)} is {NodeTimeout}; it must be one second to one hour.";
        if (ReconnectInterval <= TimeSpan.Zero || ReconnectInterval > TimeSpan.FromHours(1))
            yield return $"{nameof(ReconnectInterval)} is {ReconnectInterval}; it must be above zero and at most one hour.";
    }
}
