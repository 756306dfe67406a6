namespace MirroredMySql;

/// <summary>
/// Which node counts when both have led alone. What the other one wrote meanwhile is set aside in the table <c>mirror_conflict</c> of the
/// node that counts, before anything of it is overwritten.
/// </summary>
public enum ConflictResolution
{
    /// <summary>The primary.</summary>
    Primary,

    /// <summary>The standby.</summary>
    Standby,

    /// <summary>Neither: nothing is read or written until <see cref="MirroredDbDataSource.ResolveSplitAsync"/> says which.</summary>
    Manual,
}
