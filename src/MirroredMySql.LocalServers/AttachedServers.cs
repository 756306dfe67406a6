using System.Data.Common;
using System.Globalization;

namespace MirroredMySql.LocalServers;

/// <summary>
/// The servers that the user already has: two connection strings in the environment variables <c>MIRROREDMYSQL_TEST_PRIMARY</c> and
/// <c>MIRROREDMYSQL_TEST_STANDBY</c>. They are used as they are, and cannot be started or stopped from here.
/// </summary>
internal static class AttachedServers
{
    public const string PrimaryVariable = "MIRROREDMYSQL_TEST_PRIMARY";
    public const string StandbyVariable = "MIRROREDMYSQL_TEST_STANDBY";
    private const int DefaultPort = 3306;

    private static readonly string[] HostKeywords = ["Server", "Host", "Data Source", "DataSource", "Address", "Addr", "Network Address"];
    private static readonly string[] DatabaseKeywords = ["Database", "Initial Catalog"];

    /// <summary>Both servers; <see langword="null"/> when none are given, or when they are of the other flavour.</summary>
    public static async Task<(LocalServer Primary, LocalServer Standby)?> FindAsync(
        ServerFlavor flavor, LocalServerOptions options, CancellationToken cancellationToken)
    {
        var given = new[] { PrimaryVariable, StandbyVariable }
            .Select(variable => (Variable: variable, ConnectionString: Environment.GetEnvironmentVariable(variable)))
            .Where(server => !string.IsNullOrEmpty(server.ConnectionString))
            .ToArray();
        if (given.Length == 0)
            return null;
        if (given.Length == 1)
            throw new LocalServerException($"Only {given[0].Variable} is set; a pair takes both {PrimaryVariable} and {StandbyVariable}.");

        var primary = await AttachAsync(given[0].Variable, given[0].ConnectionString!, options, cancellationToken).ConfigureAwait(false);
        var standby = await AttachAsync(given[1].Variable, given[1].ConnectionString!, options, cancellationToken).ConfigureAwait(false);
        if (primary.Flavor != standby.Flavor)
        {
            throw new LocalServerException(
                $"{PrimaryVariable} is {primary.Flavor} and {StandbyVariable} is {standby.Flavor}; a pair is of one flavour.");
        }
        return primary.Flavor == flavor ? (primary, standby) : null;
    }

    private static async Task<LocalServer> AttachAsync(
        string variable, string connectionString, LocalServerOptions options, CancellationToken cancellationToken)
    {
        var keywords = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var host = Find(HostKeywords) ?? "localhost";
        var port = Find("Port") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : DefaultPort;
        var database = Find(DatabaseKeywords) ?? throw new LocalServerException($"{variable} names no database.");
        var greeting = await ServerGreeting.ReadAsync(host, port, options.StartTimeout, cancellationToken).ConfigureAwait(false)
            ?? throw new LocalServerException($"No server answers at {host}:{port}, which {variable} names.");
        var address = new ServerAddress(greeting.Flavor, host, port, database, connectionString, connectionString);
        return new LocalServer(address, new AttachedControl(variable), options);

        string? Find(params string[] names) => names
            .Select(name => keywords.TryGetValue(name, out var value) ? value.ToString() : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
    }

    /// <summary>The control over a server that is not ours.</summary>
    private sealed class AttachedControl(string variable) : ServerControl
    {
        public override bool CanControl => false;

        public override bool IsRunning => true;

        public override int ProcessId => throw NotOurs();

        public override string Log => "";

        public override Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task StopAsync(CancellationToken cancellationToken) => throw NotOurs();

        public override void Kill() => throw NotOurs();

        public override void Suspend() => throw NotOurs();

        public override void Resume() => throw NotOurs();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private InvalidOperationException NotOurs() =>
            new($"The server comes from {variable} and cannot be controlled from here; unset the variable to have one started.");
    }
}
