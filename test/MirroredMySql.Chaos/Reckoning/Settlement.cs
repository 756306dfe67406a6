namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What has become of the mirror when nothing fails any more and nobody writes.</summary>
/// <param name="Mode">The mode at the end; nothing when no connection could be opened.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Error">The latest error.</param>
internal sealed record Settlement(MirrorMode? Mode, TimeSpan Took, string? Error = null)
{
    public IEnumerable<Violation> Violations()
    {
        if (Mode != MirrorMode.Mirrored)
            yield return new("a healed mirror is in step again", $"after {Took} the mode is {Mode?.ToString() ?? "unknown"}. {Error}");
    }
}
