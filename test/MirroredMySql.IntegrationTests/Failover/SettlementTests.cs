using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>What a process leaves on one node only, because it died between its two COMMITs, is found and mended while both nodes are in step.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SettlementTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string Dead = "INSERT INTO mirror_instance SELECT 'dead', 'elsewhere', '', token, 1000000, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE FROM mirror_state";

    private const string HalfCommit = "INSERT INTO item (v) VALUES ('half'); INSERT INTO mirror_writer SELECT 'its writer', 1, token, 'item', 'dead' FROM mirror_state";

    [Test]
    public async Task The_lead_decides_what_becomes_of_a_dead_process_s_half_commit([Values] NodeRole holder)
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var epoch = Source.Status.Epoch;
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            direct.Execute(Dead);
            if (server == (holder == NodeRole.Primary ? Pair.Primary : Pair.Standby))
                direct.Execute(HalfCommit);
        }

        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored } status && status.Epoch > epoch);

        await AssertInStepAsync(holder == NodeRole.Primary ? 2 : 1);
    }

    [Test]
    public async Task What_was_written_behind_a_half_commit_is_mended_with_it()
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both'); CREATE TABLE derived (n INT PRIMARY KEY)");
        var epoch = Source.Status.Epoch;
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            direct.Execute(Dead);
            if (server == Pair.Primary)
                direct.Execute(HalfCommit);
            // Somebody else has committed this on both nodes, from what he had read on one of them.
            direct.Execute($"INSERT INTO derived VALUES ({(server == Pair.Primary ? 2 : 1)}); INSERT INTO mirror_writer SELECT 'another writer', 1, token, 'derived', 'alive' FROM mirror_state");
        }

        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored } status && status.Epoch > epoch);

        await AssertInStepAsync(2);
        Assert.That(connection.Query<int>("SELECT n FROM derived"), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public async Task A_process_that_was_taken_for_dead_and_goes_on_tells_its_caller_what_both_nodes_hold(
        [Values(ProtocolSteps.Fenced, ProtocolSteps.Committing)] string step, [Values] bool inTransaction)
    {
        await using var sleeper = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1) });
        await using var theirs = await sleeper.OpenConnectionAsync();
        theirs.Execute("INSERT INTO item (v) VALUES ('both')");
        using var frozen = new FrozenProcess(step);
        var isAcknowledged = false;
        var write = frozen.RunAsync(() =>
        {
            using var transaction = inTransaction ? theirs.BeginTransaction() : null;
            theirs.Execute("INSERT INTO item (v) VALUES ('late')", transaction: transaction);
            transaction?.Commit();
            isAcknowledged = true;
        });
        await frozen.Reached;
        await sleeper.Mirror.Monitor.DisposeAsync();
        await sleeper.Mirror.Heartbeat.DisposeAsync();
        var own = sleeper.Mirror.Instances.Own;
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            direct.Execute($"REPLACE INTO mirror_instance SELECT '{own}', 'elsewhere', '', token, 1000000, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE FROM mirror_state");
        }

        await using var lead = Open(Pair.Primary);
        await Eventually.IsAsync(() => lead.ExecuteScalar<string>($"SELECT token FROM mirror_instance WHERE id = '{own}'") == "");
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('meanwhile')");
        frozen.LetGo();
        try
        {
            await write;
        }
        catch (MirroredDbException e)
        {
            Assert.That(e.IsInDoubt, Is.False, e.Message);
        }

        await AssertInStepAsync(isAcknowledged ? 3 : 2);
        Assert.That(lead.ExecuteScalar<bool>("SELECT EXISTS(SELECT 1 FROM item WHERE v = 'late')"), Is.EqualTo(isAcknowledged));
    }

    [Test]
    public async Task A_dead_process_that_left_nothing_behind_changes_nothing()
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var epoch = Source.Status.Epoch;
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            direct.Execute(Dead + "; INSERT INTO mirror_writer SELECT 'its writer', 1, token, 'item', 'dead' FROM mirror_state");
        }

        await using var standby = Open(Pair.Standby);
        await Eventually.IsAsync(() => standby.ExecuteScalar<string>("SELECT token FROM mirror_instance WHERE id = 'dead'") == "");

        Assert.That(Source.Status.Epoch, Is.EqualTo(epoch));
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task What_a_process_leaves_behind_that_has_ended_is_settled_at_once([Values] bool hasHalfCommit)
    {
        await using var connection = await Source.OpenConnectionAsync();
        var epoch = Source.Status.Epoch;
        var other = MakeSource(new MirroredMySqlOptions { Lease = TimeSpan.FromHours(1) });
        var id = other.Mirror.Instances.Own;
        await using (var theirs = await other.OpenConnectionAsync())
            theirs.Execute("INSERT INTO item (v) VALUES ('both')");
        await using var lead = Open(Pair.Primary);
        if (hasHalfCommit)
            lead.Execute(HalfCommit.Replace("'dead'", $"'{id}'", StringComparison.Ordinal));

        await other.TakeLeaveAsync();
        await other.DisposeAsync();

        await Eventually.IsAsync(() => lead.ExecuteScalar<string>($"SELECT token FROM mirror_instance WHERE id = '{id}'") == "");
        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored } status && status.Epoch > epoch == hasHalfCommit);
        await AssertInStepAsync(hasHalfCommit ? 2 : 1);
    }

    [Test]
    public async Task A_server_that_has_lost_commits_over_a_restart_takes_part_again_when_it_has_them([Values] NodeRole role)
    {
        await Source.DisposeAsync();
        var server = role == NodeRole.Primary ? Pair.Primary : Pair.Standby;
        await server.StopAsync();
        var kept = Directory.CreateTempSubdirectory("mirrored-mysql-kept-").FullName;
        try
        {
            Copy(server.DataFolder!, kept);
            await server.StartAsync();
            await using var source = MakeSource(new MirroredMySqlOptions { Lease = TimeSpan.FromHours(1), NodeTimeout = TimeSpan.FromMinutes(1) });
            await using (var connection = await source.OpenConnectionAsync())
                await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('lost on one node')");
            // From here on nobody but the test has this process look, so that nobody notices that the server is gone.
            await Eventually.IsAsync(() => source.Mirror.IsFresh);
            await using (var quiet = Open(Pair.Standby))
                await Eventually.IsAsync(() => quiet.ExecuteScalar<bool>($"SELECT beat_at < UTC_TIMESTAMP(6) - INTERVAL 1 SECOND FROM mirror_instance WHERE id = '{source.Mirror.Instances.Own}'"));
            // A server's age is known to two seconds, and what it takes to ask for it.
            await using (var administrator = Open(server))
                await Eventually.IsAsync(() => administrator.QuerySingle("SHOW GLOBAL STATUS LIKE 'Uptime'").Value is string age && int.Parse(age, CultureInfo.InvariantCulture) > 10);
            await source.Mirror.Monitor.DisposeAsync();
            source.Mirror.Primary.Watch.Dispose();
            source.Mirror.Standby.Watch.Dispose();
            var epoch = source.Status.Epoch;
            server.Kill();
            Directory.Delete(server.DataFolder!, recursive: true);
            Copy(kept, server.DataFolder!);
            await server.StartAsync();
            Assert.That(source.Status.Epoch, Is.EqualTo(epoch), $"it has come back unnoticed: {source.Status}");

            source.Mirror.Heartbeat.Wake();

            await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Solo);
            Assert.That(source.Status.Reason, Does.Contain("server has restarted"));
            await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(200) });
            await using (await other.OpenConnectionAsync())
                await Eventually.IsAsync(() => other.Status.Mode == MirrorMode.Mirrored);
            await using var primary = Open(Pair.Primary);
            await using var standby = Open(Pair.Standby);
            Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
            Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM item WHERE v = 'lost on one node'"), Is.EqualTo(1));
        }
        finally
        {
            Directory.Delete(kept, recursive: true);
        }

        static void Copy(string from, string to)
        {
            foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
                Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
            foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
                File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)), overwrite: true);
        }
    }

    [Test]
    public async Task What_both_nodes_were_lost_over_is_found_out_when_they_are_back()
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var epoch = Source.Status.Epoch;
        await using (var direct = Open(Pair.Standby))
            direct.Execute(HalfCommit);
        Source.Mirror.InDoubt["its writer"] = true;

        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored } status && status.Epoch > epoch);

        await AssertInStepAsync(1);
        await Eventually.IsAsync(() => Source.Mirror.InDoubt.IsEmpty);
    }
}
