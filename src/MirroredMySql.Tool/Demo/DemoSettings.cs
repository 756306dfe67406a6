using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool.Demo;

/// <summary>What the command line asks for.</summary>
internal sealed record DemoSettings(ServerFlavor Flavor, TimeSpan Duration, int Workers);
