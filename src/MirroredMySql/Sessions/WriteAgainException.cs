namespace MirroredMySql.Sessions;

/// <summary>An autocommit write that was rolled back on both nodes and may run again; the cause is what the caller gets when it may not.</summary>
/// <param name="cause">What went wrong.</param>
/// <param name="isHeldUp">
/// Whether nothing went wrong but that a node's way back has held the write up, or has changed the epoch: then it runs again for as long as
/// its caller waits, however few retries the options allow.
/// </param>
internal sealed class WriteAgainException(Exception cause, bool isHeldUp = false) : Exception(cause.Message, cause)
{
    public Exception Cause => InnerException!;

    public bool IsHeldUp => isHeldUp;
}
