namespace MirroredMySql.Chaos.Clients;

/// <summary>How data sources are set up in a run with faults, beside their connection strings.</summary>
internal static class ClientOptions
{
    // Short, so that what fails is noticed and mended while the run lasts; the lease is the shortest that goes with it.
    private static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lease = 4 * NodeTimeout;

    public static MirroredMySqlOptions Create(string? primary, string? standby) => new()
    {
        Driver = Driver.Factory,
        Primary = primary,
        Standby = standby,
        NodeTimeout = NodeTimeout,
        Lease = Lease,
    };
}
