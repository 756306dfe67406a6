using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>An operator lets a node lead that is not in step: told what that costs first, and nothing is lost by it.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ForcedSwitchTests(ServerFlavor flavor) : SplitTest(flavor)
{
    [Test]
    public async Task Without_force_it_is_said_how_much_the_node_lacks()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await Theirs.DisposeAsync();
        await Ours.LoseAsync(NodeRole.Standby);
        for (var i = 0; i < 3; i++)
            await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");

        Assert.That(
            () => Ours.Source.SwitchLeadAsync(NodeRole.Standby),
            Throws.InstanceOf<MirroredDbException>().With.Message.Contains("lacks 3 transactions").And.Message.Contains("force"));
        Assert.That(Ours.Source.Status.Lead, Is.EqualTo(NodeRole.Primary));
    }

    [Test]
    public async Task With_force_the_node_leads_and_what_it_lacks_is_set_aside()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        // Nobody brings the standby back meanwhile.
        await Theirs.Source.Mirror.Monitor.DisposeAsync();
        await Ours.LoseAsync(NodeRole.Standby);
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await Eventually.IsAsync(() => Theirs.Source.Status.Mode != MirrorMode.Mirrored);
        await Theirs.Source.SwitchLeadAsync(NodeRole.Standby, force: true);
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");

        Ours.Find(NodeRole.Standby);

        await AssertMendedAsync(NodeRole.Standby, "theirs");
        Assert.That(SetAside(NodeRole.Standby), Is.EqualTo(new[] { "INSERT INTO item (v) VALUES ('ours');" }));
    }

    [Test]
    public async Task Under_manual_failover_an_operator_takes_the_lead_from_a_dead_node([Values] bool isFresh)
    {
        await Source.DisposeAsync();
        var running = MakeSource(Options());
        await using (var connection = await running.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('both')");
        if (isFresh)
            await running.DisposeAsync();
        Pair.Primary.Kill();
        await using var source = isFresh ? MakeSource(Options()) : running;
        Assert.That(() => source.OpenConnection(), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("primary"));
        Assert.That(() => source.SwitchLeadAsync(NodeRole.Standby), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("cannot be reached"));

        await source.SwitchLeadAsync(NodeRole.Standby, force: true);

        await using (var connection = await source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')");
        await using (var late = MakeSource(Options()))
            await using (var connection = await late.OpenConnectionAsync())
                Assert.That(connection.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(2), "whoever starts now finds that it led alone");
        await Pair.Primary.StartAsync();
        await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored);
        Assert.That(source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    [Test]
    public async Task Under_manual_failover_an_operator_takes_the_lead_from_a_silent_node()
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(Options());
        await using (var connection = await source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('both')");
        Pair.Primary.Suspend();
        await Eventually.IsAsync(() => source.Mirror.Primary.Watch.Silence is not null);

        await source.SwitchLeadAsync(NodeRole.Standby, force: true);

        await using (var connection = await source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')");
        Pair.Primary.Resume();
        await Eventually.IsAsync(() => source.Status is { Mode: MirrorMode.Mirrored, Lead: NodeRole.Standby });
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    [Test]
    public async Task Under_manual_failover_a_lead_goes_on_without_its_follower()
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(Options());
        await using var connection = await source.OpenConnectionAsync();
        Pair.Standby.Kill();

        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    [Test]
    public async Task A_node_that_was_being_brought_back_leads_only_by_force()
    {
        await BeginAsync(() => new MirroredMySqlOptions { StartAlone = true });
        // Their view of the matter is old, and they are not told: the standby has missed writes, and was received and not admitted.
        await Theirs.Source.Mirror.Monitor.DisposeAsync();
        await Theirs.Source.Mirror.Heartbeat.DisposeAsync();
        await Ours.LoseAsync(NodeRole.Standby);
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        var lead = Row(Pair.Primary);
        await Ours.DisposeAsync();
        await using (var direct = Open(Pair.Standby))
            await direct.ExecuteAsync($"UPDATE mirror_state SET epoch = {lead.Epoch}, token = REPEAT('c', 32), previous = '{lead.Token}', mode = 'CatchingUp', lead_node = 'Primary'");
        Pair.Primary.Kill();

        Assert.That(() => WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('never')"), Throws.InstanceOf<MirroredDbException>());
        Assert.That(Row(Pair.Standby).Token, Is.EqualTo(new string('c', 32)));
        await using var late = MakeSource(new MirroredMySqlOptions { StartAlone = true, ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        Assert.That(() => late.OpenConnection(), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("lacks writes").And.Message.Contains("force"));

        await late.SwitchLeadAsync(NodeRole.Standby, force: true);

        await using (var connection = await late.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('forced')");
        // The policy says that the primary counts, which led alone: what was written since is set aside there.
        await Pair.Primary.StartAsync();
        await Eventually.IsAsync(() => late.Status is { Mode: MirrorMode.Mirrored, Lead: NodeRole.Primary });
        Assert.That(SetAside(NodeRole.Primary), Is.EqualTo(new[] { "INSERT INTO item (v) VALUES ('forced');" }));
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    [Test]
    public async Task Where_the_nodes_are_in_step_force_is_not_used()
    {
        await BeginAsync(() => new MirroredMySqlOptions());

        await Ours.Source.SwitchLeadAsync(NodeRole.Standby, force: true);

        Assert.That((Row(Pair.Primary).Mode, Row(Pair.Standby).Token), Is.EqualTo((MirrorMode.Mirrored, Row(Pair.Primary).Token)));
        await AssertMendedAsync(NodeRole.Standby);
    }

    private static MirroredMySqlOptions Options() => new()
    {
        FailoverPolicy = FailoverPolicy.Manual, ReconnectInterval = TimeSpan.FromMilliseconds(200),
    };
}
