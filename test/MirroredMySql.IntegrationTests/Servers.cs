using System.Collections.Concurrent;
using System.Data.Common;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>One pair of servers per flavour for all tests that do not break them.</summary>
[SetUpFixture]
public sealed class Servers
{
    private static readonly ConcurrentDictionary<ServerFlavor, Lazy<Task<LocalServerPair>>> Pairs = new();

    private static int _databases;

    internal static Task<LocalServerPair> PairAsync(ServerFlavor flavor) =>
        Pairs.GetOrAdd(flavor, f => new Lazy<Task<LocalServerPair>>(() => LocalServerPair.StartAsync(f))).Value;

    /// <summary>A fresh database on both servers that the ordinary account may do everything in.</summary>
    internal static async Task<(string Primary, string Standby)> CreateDatabaseAsync(LocalServerPair pair)
    {
        var name = $"app_{Interlocked.Increment(ref _databases)}_{Environment.ProcessId}";
        return (await CreateDatabaseAsync(pair.Primary, name), await CreateDatabaseAsync(pair.Standby, name));
    }

    private static async Task<string> CreateDatabaseAsync(LocalServer server, string name)
    {
        var ordinary = new DbConnectionStringBuilder { ConnectionString = server.ConnectionString };
        await using var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = server.AdministratorConnectionString;
        await administrator.OpenAsync();
        await using var command = administrator.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name} CHARACTER SET utf8mb4; GRANT ALL ON {name}.* TO '{ordinary["User ID"]}'@'%'";
        await command.ExecuteNonQueryAsync();
        ordinary["Database"] = name;
        return ordinary.ConnectionString;
    }

    /// <summary>Ends the servers.</summary>
    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var pair in Pairs.Values)
            await (await pair.Value).DisposeAsync();
    }
}
