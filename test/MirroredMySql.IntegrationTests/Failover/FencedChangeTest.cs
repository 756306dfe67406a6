using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>What no transaction holds is changed while a process dies, sleeps or loses a node.</summary>
[NonParallelizable]
public abstract class FencedChangeTest(ServerFlavor flavor) : FailoverTest(flavor)
{
    // What it was connected to is gone, and so are its signs of life; it has not taken leave.
    private protected Task DieAsync(MirroredDbDataSource victim) => DieAsync(victim, Pair.Primary, Pair.Standby);

    private protected static async Task DieAsync(MirroredDbDataSource victim, params LocalServer[] servers)
    {
        await victim.Mirror.Monitor.DisposeAsync();
        await victim.Mirror.Heartbeat.DisposeAsync();
        foreach (var server in servers)
        {
            await using var direct = Open(server);
            direct.Execute($"REPLACE INTO mirror_instance SELECT '{victim.Mirror.Instances.Own}', 'elsewhere', '', token, 1000000, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE FROM mirror_state");
            await KillConnectionsAsync(server);
        }
    }

    private protected async Task AssertSameAsync()
    {
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        const string definitions = """
            SELECT CONCAT_WS(',', TABLE_NAME, INDEX_NAME, COLUMN_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
            UNION ALL SELECT CONCAT_WS(',', TRIGGER_NAME, EVENT_OBJECT_TABLE) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
            """;
        Assert.That(standby.Query<string>(definitions).Order(), Is.EqualTo(primary.Query<string>(definitions).Order()));
    }

    private protected async Task AssertNoTraceAsync()
    {
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            Assert.That(direct.ExecuteScalar<int>("SELECT COUNT(*) FROM mirror_writer WHERE number = 0"), Is.Zero, server.ToString());
        }
    }
}
