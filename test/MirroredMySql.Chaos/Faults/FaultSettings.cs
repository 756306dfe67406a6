using MirroredMySql.Chaos.Control;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Faults;

/// <summary>What the command line asks for.</summary>
/// <param name="Flavor">The kind of both servers.</param>
/// <param name="Duration">How long the clients write.</param>
/// <param name="Processes">How many processes write at a time.</param>
/// <param name="Workers">How many workers each of them has.</param>
/// <param name="Seed">Where all random numbers come from.</param>
/// <param name="HasPartitions">Whether the network may also split the clients.</param>
/// <param name="Selection">Which kinds of faults there are; none for a run in which nothing fails.</param>
internal sealed record FaultSettings(
    ServerFlavor Flavor, TimeSpan Duration, int Processes, int Workers, int Seed, bool HasPartitions, KindSelection? Selection);
