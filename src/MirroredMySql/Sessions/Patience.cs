namespace MirroredMySql.Sessions;

/// <summary>How long a caller is willing to wait in all, from the first attempt on.</summary>
/// <param name="time">The clock.</param>
/// <param name="commandTimeout">The caller's timeout in seconds; 0 is no limit, as with the drivers.</param>
internal readonly struct Patience(TimeProvider time, int commandTimeout)
{
    private readonly long _since = time.GetTimestamp();

    public bool IsOver => commandTimeout > 0 && time.GetElapsedTime(_since) >= TimeSpan.FromSeconds(commandTimeout);
}
