namespace MirroredMySql;

/// <summary>One of the two servers. Which server is which is fixed by configuration and never changes; which of them leads may.</summary>
public enum NodeRole
{
    /// <summary>The server that leads unless it has failed or the lead was switched.</summary>
    Primary,

    /// <summary>The other server.</summary>
    Standby,
}

internal static class NodeRoleNames
{
    /// <summary>The role as messages, logs and metrics spell it.</summary>
    public static string Name(this NodeRole role) => role == NodeRole.Primary ? "primary" : "standby";
}
