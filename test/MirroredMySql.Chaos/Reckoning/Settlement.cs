namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What has become of the mirror when nothing fails any more and nobody writes.</summary>
/// <param name="Mode">The mode at the end; nothing when no connection could be opened.</param>
/// <param name="Token">The name of the epoch.</param>
/// <param name="Unsettled">How many ended clients have left something that nobody has looked at yet.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Error">The latest error.</param>
internal sealed record Settlement(MirrorMode? Mode, string? Token, long Unsettled, TimeSpan Took, string? Error = null)
{
    /// <summary>Whether there is nothing left to wait for.</summary>
    public bool IsDone => Mode == MirrorMode.Mirrored && Unsettled == 0;

    /// <param name="later">What was found when the nodes had been compared.</param>
    public IEnumerable<Violation> Violations(Settlement later)
    {
        foreach (var violation in Violations().Concat(IsDone ? later.Violations() : []))
            yield return violation;
        // A pair that has parted and met again has had tables copied meanwhile: no difference that was there before would be seen.
        if (IsDone && later.IsDone && later.Token != Token)
            yield return new("a mirror in step stays so while nobody writes", "another epoch has begun while the nodes were compared");
    }

    private IEnumerable<Violation> Violations()
    {
        if (Mode != MirrorMode.Mirrored)
            yield return new("a healed mirror is in step again", $"after {Took} the mode is {Mode?.ToString() ?? "unknown"}. {Error}");
        if (Unsettled > 0)
            yield return new("what ended clients have left is settled", FormattableString.Invariant($"after {Took} nobody has looked at that of {Unsettled} clients"));
    }
}
