namespace MirroredMySql.Chaos.Reckoning;

/// <summary>A promise that was not kept.</summary>
/// <param name="Promise">Which one, in a few words; violations are counted by it.</param>
/// <param name="What">What was found.</param>
/// <param name="Entry">The deed that it is about, where it is about one.</param>
internal sealed record Violation(string Promise, string What, Entry? Entry = null);
