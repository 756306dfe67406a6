using MirroredMySql.Chaos.Control;

namespace MirroredMySql.Chaos.Work;

/// <summary>What one of the writing processes is asked for.</summary>
/// <param name="Process">Its number, from 0.</param>
/// <param name="Workers">How many workers it has.</param>
/// <param name="Duration">How long they write.</param>
/// <param name="Seed">The seed of the whole run.</param>
/// <param name="Selection">Which statement kinds are run.</param>
internal sealed record WorkSettings(int Process, int Workers, TimeSpan Duration, int Seed, KindSelection Selection);
