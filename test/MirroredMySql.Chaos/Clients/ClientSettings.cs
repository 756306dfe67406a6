namespace MirroredMySql.Chaos.Clients;

/// <summary>What one of the client processes is asked for.</summary>
/// <param name="Number">Its number, never used again in the run.</param>
/// <param name="Workers">How many workers it has.</param>
/// <param name="Seed">The seed of the whole run.</param>
/// <param name="Diary">The file to write its diary into.</param>
/// <param name="Log">The file to write the mirror's log into.</param>
internal sealed record ClientSettings(int Number, int Workers, int Seed, string Diary, string Log);
