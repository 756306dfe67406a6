namespace MirroredMySql.LocalServers;

/// <summary>How a <see cref="LocalServer"/> is set up. The defaults suit tests: small, quick to start, and safe against a kill.</summary>
public sealed record LocalServerOptions
{
    /// <summary>The database that is created, and that the <c>app</c> account owns. <c>app</c> by default.</summary>
    public string Database { get; init; } = "app";

    /// <summary>
    /// <c>innodb_flush_log_at_trx_commit</c>. With 2, the default, a commit is handed to the operating system but not forced to disk,
    /// which a killed server survives and a power cut does not. A measurement of durable writes sets 1.
    /// </summary>
    public int FlushLogAtCommit { get; init; } = 2;

    /// <summary>
    /// Further arguments of the server, such as <c>--max-allowed-packet=64M</c>. They come last and so win over the defaults, for example
    /// <c>--performance-schema=ON</c>, which is off because it doubles the memory and the start-up time of MySQL.
    /// </summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The server binary to run. By default it is looked for, see <see cref="LocalServer"/>.</summary>
    public string? Binary { get; init; }

    /// <summary>How long a server may take until it answers. One minute by default.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a clean shutdown may take. One minute by default.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
