using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool.Demo;

/// <summary>What the command line asks for.</summary>
/// <param name="Flavor">The kind of both servers.</param>
/// <param name="Duration">How long the workers write.</param>
/// <param name="Workers">How many write at the same time.</param>
/// <param name="Kill">The node that dies meanwhile, or null.</param>
internal sealed record DemoSettings(ServerFlavor Flavor, TimeSpan Duration, int Workers, NodeRole? Kill);
