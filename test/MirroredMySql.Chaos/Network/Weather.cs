namespace MirroredMySql.Chaos.Network;

/// <summary>What becomes of bytes on their way through a proxy.</summary>
/// <param name="ToServer">Those that clients send.</param>
/// <param name="ToClient">Those that the server sends.</param>
internal sealed record Weather(Flow ToServer, Flow ToClient)
{
    public static Weather Fair { get; } = new(default, default);
}

/// <summary>What becomes of bytes in one direction.</summary>
/// <param name="Swallows">Whether they are taken and never delivered.</param>
/// <param name="Delay">How long each piece is held back.</param>
internal readonly record struct Flow(bool Swallows = false, TimeSpan Delay = default);
