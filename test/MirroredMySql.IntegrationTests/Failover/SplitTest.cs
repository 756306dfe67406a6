using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>Two processes, of which each can lose sight of another node: what they write then, and what becomes of it.</summary>
public abstract class SplitTest(ServerFlavor flavor) : FailoverTest(flavor)
{
    internal Outlook Ours { get; private set; } = null!;

    internal Outlook Theirs { get; private set; } = null!;

    [TearDown]
    public async Task CloseOutlooks()
    {
        Sessions.ProtocolSteps.Observer = null;
        foreach (var outlook in new[] { Ours, Theirs })
        {
            if (outlook is not null)
                await outlook.DisposeAsync();
        }

        (Ours, Theirs) = (null!, null!);
    }

    /// <summary>Makes both processes, and ends the one that sees everything.</summary>
    internal async Task BeginAsync(Func<MirroredMySqlOptions> options)
    {
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS tally (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO tally VALUES (1, 0); INSERT INTO item (v) VALUES ('both')");
        await Source.DisposeAsync();
        (Ours, Theirs) = (new Outlook(Pair, options(), Logs), new Outlook(Pair, options(), Logs));
        foreach (var outlook in new[] { Ours, Theirs })
        {
            await using var connection = await outlook.Source.OpenConnectionAsync();
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('seen')");
        }
    }

    /// <summary>We see the primary only, and they the standby.</summary>
    internal async Task PartAsync()
    {
        await Task.WhenAll(Ours.LoseAsync(NodeRole.Standby), Theirs.LoseAsync(NodeRole.Primary));
        await ForgetAsync();
    }

    /// <summary>Neither side waits for the lease of the other one, which is elsewhere.</summary>
    internal async Task ForgetAsync()
    {
        foreach (var (server, own) in new[] { (Pair.Primary, Ours), (Pair.Standby, Theirs) })
        {
            await using var direct = Open(server);
            await direct.ExecuteAsync($"DELETE FROM mirror_instance WHERE id<>'{own.Source.Mirror.Instances.Own}'");
        }
    }

    internal void Meet()
    {
        Ours.Find(NodeRole.Standby);
        Theirs.Find(NodeRole.Primary);
    }

    internal static async Task WriteAsync(Outlook outlook, string sql)
    {
        await using var connection = await outlook.Source.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }

    /// <summary>Both processes see both nodes in step, with the same rows.</summary>
    internal async Task AssertMendedAsync(NodeRole lead, params string[] items)
    {
        foreach (var outlook in new[] { Ours, Theirs })
        {
            await Eventually.IsAsync(() => outlook.Source.Status.Mode == MirrorMode.Mirrored && outlook.Source.Status.Lead == lead);
            await WriteAsync(outlook, "INSERT INTO item (v) VALUES ('mended')");
        }

        // On a machine that is busy enough a node can be lost over that.
        await Eventually.IsAsync(() => new[] { Ours, Theirs }.All(o => o.Source.Status.Mode == MirrorMode.Mirrored));
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty, $"{Ours.Source.Status}\n{Theirs.Source.Status}");
        Assert.That(primary.Query<string>("SELECT v FROM item WHERE v NOT IN ('both','seen','mended') ORDER BY id"), Is.EqualTo(items));
        foreach (var node in new[] { primary, standby })
            Assert.That(node.ExecuteScalar<int>("SELECT (SELECT COUNT(*) FROM mirror_journal) + (SELECT COUNT(*) FROM mirror_suspect)"), Is.Zero);
    }

    internal List<string> SetAside(NodeRole winner)
    {
        using var direct = Open(winner == NodeRole.Primary ? Pair.Primary : Pair.Standby);
        return [.. direct.Query<string>("SELECT statements FROM mirror_conflict ORDER BY id")];
    }

    private protected static MirrorState Row(LocalServer server)
    {
        using var direct = Open(server);
        var row = direct.QuerySingle("SELECT epoch, token, previous, mode, lead_node, reason, announced FROM mirror_state");
        return new MirrorState((long)row.epoch, (string)row.token, (string)row.previous, Enum.Parse<MirrorMode>((string)row.mode), Enum.Parse<NodeRole>((string)row.lead_node), (string)row.reason, row.announced != 0);
    }
}
