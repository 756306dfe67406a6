namespace MirroredMySql.Drivers;

/// <summary>What an exception of a driver says about the statement, the connection and the node.</summary>
internal enum FailureKind
{
    /// <summary>The server refused the statement; connection and node are well.</summary>
    Statement,

    /// <summary>A deadlock or a lock timeout: running the transaction again may succeed.</summary>
    Deadlock,

    /// <summary>The node has moved on to another epoch; nothing of the statement stays.</summary>
    Stale,

    /// <summary>A timeout or a cancellation: whether the statement took effect is unknown.</summary>
    Interrupted,

    /// <summary>The connection is gone. Whether the node is too, only a new connection tells.</summary>
    ConnectionLost,

    /// <summary>The node answers, but says that it cannot serve: too many connections, shutting down, read-only, disk full.</summary>
    NodeUnavailable,

    /// <summary>Login refused, unknown database, no right to connect: configuration, not an outage.</summary>
    Configuration,

    /// <summary>The caller used the API wrongly; nothing reached the server.</summary>
    Misuse,
}
