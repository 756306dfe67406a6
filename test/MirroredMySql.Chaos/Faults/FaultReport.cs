namespace MirroredMySql.Chaos.Faults;

/// <summary>What has become of a fault.</summary>
/// <param name="HasHappened">Whether it came about: what it needs may have been taken, or not to be had in time.</param>
/// <param name="Note">What there is to say about it, or nothing.</param>
internal sealed record FaultReport(bool HasHappened, string? Note = null)
{
    /// <summary>It came about, and that is all.</summary>
    public static FaultReport Happened { get; } = new(HasHappened: true);

    /// <summary>All clients were taken by other faults.</summary>
    public static FaultReport NoneFree { get; } = new(HasHappened: false, "no client is free");

    /// <summary>It begins with both nodes in step, and they were not.</summary>
    public static FaultReport NotInStep { get; } = new(HasHappened: false, "not in step");
}
