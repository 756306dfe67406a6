namespace MirroredMySql.Sessions;

/// <summary>An autocommit write that was rolled back on both nodes and may run again; the cause is what the caller gets when it may not.</summary>
internal sealed class WriteAgainException(Exception cause) : Exception(cause.Message, cause)
{
    public Exception Cause => InnerException!;
}
