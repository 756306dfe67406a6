namespace MirroredMySql.LocalServers;

/// <summary>A server could not be found, started or stopped. The message says what to do, or ends with the server's log.</summary>
public sealed class LocalServerException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public LocalServerException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    public LocalServerException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and what caused it.</summary>
    public LocalServerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
