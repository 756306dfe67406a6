namespace MirroredMySql.Chaos.Faults;

/// <summary>A kind of fault.</summary>
/// <param name="Name">Its family and its name, as in <c>server.kill</c>.</param>
/// <param name="Weight">How often it happens, compared with the others.</param>
/// <param name="Reach">What it needs for itself.</param>
/// <param name="Shortest">How long it lasts at least, in seconds.</param>
/// <param name="Longest">How long it lasts at most, in seconds.</param>
/// <param name="RunAsync">Makes it happen and mends it; tells whether it came about.</param>
internal sealed record FaultKind(
    string Name, int Weight, FaultReach Reach, double Shortest, double Longest, Func<Stage, PlannedFault, Task<FaultReport>> RunAsync)
{
    public static IReadOnlyList<FaultKind> All { get; } =
        [.. ServerFaults.All, .. StoryFaults.All, .. CatchUpFaults.All, .. NetworkFaults.All, .. ClientFaults.All, .. PartitionFaults.All];

    /// <summary>Whether it splits the clients, each of which then needs proxies of its own.</summary>
    public bool IsPartition => Name.StartsWith("partition.", StringComparison.Ordinal);

    /// <summary>Whether it keeps clients from a node.</summary>
    public bool HitsNode => Reach is FaultReach.Server or FaultReach.Network or FaultReach.Everything;
}

/// <summary>What a fault needs for itself. Faults of one reach never happen to the same thing at the same time.</summary>
internal enum FaultReach
{
    /// <summary>The server of one node.</summary>
    Server,

    /// <summary>The network before one node.</summary>
    Network,

    /// <summary>A client process.</summary>
    Client,

    /// <summary>The question who leads.</summary>
    Lead,

    /// <summary>Both servers.</summary>
    Everything,
}

/// <summary>A fault as it was drawn, before anything happened.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Node">The node that it hits, where it hits one.</param>
/// <param name="Pause">How long nothing new happens before it.</param>
/// <param name="Lasts">How long it lasts.</param>
/// <param name="Overlaps">Whether it may hit a node that another fault is hitting.</param>
/// <param name="IsPatient">Whether it waits until both nodes are in step again.</param>
/// <param name="Chance">Decides whatever else there is to decide about it.</param>
internal sealed record PlannedFault(
    FaultKind Kind, NodeRole Node, TimeSpan Pause, TimeSpan Lasts, bool Overlaps, bool IsPatient, int Chance)
{
    public override string ToString()
    {
        var where = Kind.Reach is FaultReach.Client or FaultReach.Everything ? "" : $" {Node}";
        return FormattableString.Invariant($"{Kind.Name}{where}, {Lasts.TotalSeconds:0.0} s");
    }
}
