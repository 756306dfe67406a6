namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>The system's time and, when it is told so, later than that: for a process, as if it had slept.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
}
