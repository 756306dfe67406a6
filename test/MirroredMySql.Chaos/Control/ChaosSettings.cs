using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Control;

/// <summary>What the command line asks for.</summary>
/// <param name="Flavor">The kind of both servers.</param>
/// <param name="Duration">How long the workers write.</param>
/// <param name="Processes">How many processes write.</param>
/// <param name="Workers">How many workers each of them has.</param>
/// <param name="Seed">Where all random numbers come from.</param>
/// <param name="Selection">Which statement kinds are run.</param>
/// <param name="AllowsAny">Whether a suspect <c>*</c> is accepted as the explanation of a difference.</param>
internal sealed record ChaosSettings(
    ServerFlavor Flavor, TimeSpan Duration, int Processes, int Workers, int Seed, KindSelection Selection, bool AllowsAny);

/// <summary>Statement kinds by name or by family, as the command line has them.</summary>
/// <param name="Only">Those that are run; all when empty.</param>
/// <param name="Except">Those that are not.</param>
internal sealed record KindSelection(IReadOnlyList<string> Only, IReadOnlyList<string> Except)
{
    public bool Includes(string kind) =>
        (Only.Count == 0 || Only.Any(name => IsMember(kind, name))) && !Except.Any(name => IsMember(kind, name));

    /// <summary>Whether a kind has this name or belongs to the family of this name.</summary>
    public static bool IsMember(string kind, string name) => kind == name || kind.StartsWith(name + '.', StringComparison.Ordinal);
}
