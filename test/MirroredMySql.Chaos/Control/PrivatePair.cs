using MirroredMySql.LocalServers;

namespace MirroredMySql.Chaos.Control;

/// <summary>The start of every run: two servers of its own, and the tables on them, made through the mirror.</summary>
internal static class PrivatePair
{
    public const string Database = "chaos";

    // Whoever waits for a lock shall not wait longer than the run; seconds.
    private const int LockTimeout = 5;

    public static async Task<LocalServerPair> StartAsync(ServerFlavor flavor, int seed, TextWriter output, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync(FormattableString.Invariant($"seed {seed}"));
        await output.WriteLineAsync($"starting two private {flavor.ToName()} servers, driver {Driver.Name}");
        var options = new LocalServerOptions
        {
            Database = Database,
            Arguments = [$"--innodb-lock-wait-timeout={LockTimeout}", $"--lock-wait-timeout={LockTimeout}"],
        };
        var pair = await LocalServerPair.StartAsync(flavor, options, cancellationToken);
        if (pair.Primary.CanControl)
            return pair;
        await pair.DisposeAsync();
        throw new ChaosException("Chaos runs on private servers only: unset MIRROREDMYSQL_TEST_PRIMARY and …_STANDBY.");
    }

    /// <returns>What the mirror said of itself behind it.</returns>
    public static async Task<MirrorStatus> CreateSchemaAsync(
        MirroredMySqlOptions options, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        await using var mirror = new MirroredDbDataSource(options);
        await using var connection = await mirror.OpenConnectionAsync(cancellationToken);
        foreach (var sql in statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        return mirror.Status;
    }
}
