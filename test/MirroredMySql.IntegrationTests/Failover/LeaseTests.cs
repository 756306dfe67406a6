using System.Data.Common;
using Dapper;
using MirroredMySql.Drivers;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A process takes a node for the newest only where no other one can have gone on with the other node.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class LeaseTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string Stranger = "INSERT INTO mirror_instance SELECT '5tranger', 'elsewhere', '', token, 3000000, UTC_TIMESTAMP(6) FROM mirror_state";

    [Test]
    public async Task Alone_nothing_is_committed_before_a_process_that_does_not_know_has_been_silent_for_a_lease([Values] bool async, [Values] bool inTransaction)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using var direct = Open(Pair.Primary);
        direct.Execute(Stranger);
        Pair.Standby.Kill();

        await WriteAsync(connection, async, inTransaction);

        Assert.That(direct.ExecuteScalar<double>("SELECT TIMESTAMPDIFF(MICROSECOND, beat_at, UTC_TIMESTAMP(6)) / 1e6 FROM mirror_instance WHERE id = '5tranger'"), Is.GreaterThan(3));
        Assert.That(connection.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_write_that_waits_until_all_processes_know_goes_on_when_the_node_is_back([Values] bool async, [Values] bool inTransaction)
    {
        await using var source = await MeetStrangerForAnHourAsync();
        await using var connection = await source.OpenConnectionAsync();
        await using var direct = Open(Pair.Primary);
        Pair.Standby.Kill();

        var write = Task.Run(() => WriteAsync(connection, async, inTransaction));
        await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Solo);
        await Pair.Standby.StartAsync();

        await write.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(direct, standby), Is.Empty);
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
    }

    [Test]
    public async Task What_one_node_has_committed_when_the_other_is_lost_is_not_acknowledged_before_nobody_can_go_on_with_that_one([Values] NodeRole lost, [Values] bool inTransaction)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var (dead, left) = lost == NodeRole.Primary ? (Pair.Primary, Pair.Standby) : (Pair.Standby, Pair.Primary);
        await using var direct = Open(left);
        direct.Execute(Stranger);
        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.Committing && dead.IsRunning)
                dead.Kill();
        };

        try
        {
            await WriteAsync(connection, async: true, inTransaction);
        }
        finally
        {
            ProtocolSteps.Observer = null;
        }

        Assert.That(direct.ExecuteScalar<double>("SELECT TIMESTAMPDIFF(MICROSECOND, beat_at, UTC_TIMESTAMP(6)) / 1e6 FROM mirror_instance WHERE id = '5tranger'"), Is.GreaterThan(3));
        Assert.That(direct.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
        await dead.StartAsync();
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task What_one_node_has_committed_is_acknowledged_when_the_other_is_back_and_has_it([Values] bool inTransaction)
    {
        await using var source = await MeetStrangerForAnHourAsync();
        await using var connection = await source.OpenConnectionAsync();
        await using var direct = Open(Pair.Primary);
        var isDone = false;
        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.Committing && !isDone)
                KillConnectionsAsync(Pair.Standby).Wait();
            isDone |= step == ProtocolSteps.Committing;
        };

        try
        {
            await WriteAsync(connection, async: true, inTransaction).WaitAsync(TimeSpan.FromMinutes(1));
        }
        finally
        {
            ProtocolSteps.Observer = null;
        }

        await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(direct, standby), Is.Empty);
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
    }

    [Test]
    public async Task Alone_a_commit_waits_no_longer_than_until_every_process_knows()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using var other = MakeSource(new MirroredMySqlOptions { Lease = TimeSpan.FromMinutes(5) });
        await using var idle = await other.OpenConnectionAsync();
        Pair.Standby.Kill();

        // The other process has written nothing and is not going to; its next sign of life tells it. A lease is five minutes.
        var write = connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')");
        other.Mirror.Heartbeat.Wake();

        await write.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.That(other.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    [Test]
    public async Task A_process_that_has_slept_does_not_fail_over_to_a_node_that_lacks_acknowledged_writes()
    {
        var clock = new ShiftedTime();
        await using var sleeper = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1), Lease = TimeSpan.FromHours(1) }, clock);
        await using (var theirs = await sleeper.OpenConnectionAsync())
            theirs.Execute("INSERT INTO item (v) VALUES ('theirs')");
        // It sleeps: no sign of life, and meanwhile the lease passes.
        await sleeper.Mirror.Monitor.DisposeAsync();
        await sleeper.Mirror.Heartbeat.DisposeAsync();
        clock.Shift = TimeSpan.FromHours(2);
        await using var connection = Source.OpenConnection();
        Pair.Standby.Kill();
        connection.Execute("INSERT INTO item (v) VALUES ('acknowledged')");
        await Source.Mirror.Monitor.DisposeAsync();
        await Pair.Standby.StartAsync();
        await Pair.Standby.WaitUntilReadyAsync();
        Pair.Primary.Kill();

        await using (var late = sleeper.CreateConnection())
            Assert.That(() => { late.Open(); late.Execute("INSERT INTO item (v) VALUES ('lost')"); }, Throws.InstanceOf<MirroredDbException>().With.Message.Contains("lease"));
        await Pair.Primary.StartAsync();
        await Pair.Primary.WaitUntilReadyAsync();

        await using var again = await sleeper.OpenConnectionAsync();
        Assert.That(again.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "theirs", "acknowledged" }));
    }

    [Test]
    public async Task A_process_that_has_slept_fails_over_when_nobody_else_is_there()
    {
        var clock = new ShiftedTime();
        await Source.DisposeAsync();
        await using var sleeper = MakeSource(new MirroredMySqlOptions { Lease = TimeSpan.FromHours(1) }, clock);
        await using var connection = await sleeper.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Primary.Kill();
        clock.Shift = TimeSpan.FromHours(2);

        connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(sleeper.Status.Lead, Is.EqualTo(NodeRole.Standby));
    }

    [Test]
    public async Task A_change_that_arrives_after_the_lease_changes_nothing()
    {
        await using var connection = Open(Pair.Standby);
        var node = Source.Mirror.Standby;
        var before = Source.Mirror.Formation.State;
        var now = connection.ExecuteScalar<DateTime>("SELECT UTC_TIMESTAMP(6)");

        var next = before.Next(MirrorMode.Solo, NodeRole.Standby, "too late");
        var isWritten = await Topology.StateStore.WriteAsync(node, connection, next, async: true, CancellationToken.None, now);

        Assert.That(isWritten, Is.False);
        Assert.That(connection.ExecuteScalar<string>("SELECT token FROM mirror_state"), Is.EqualTo(before.Token));
    }

    [Test]
    public async Task The_follower_answers_no_reads_after_the_lease()
    {
        var clock = new ShiftedTime();
        await using var reading = MakeSource(new MirroredMySqlOptions { ReadPreference = ReadPreference.Standby, Lease = TimeSpan.FromHours(1) }, clock);
        const string where = "SELECT @@port";
        await using (var fresh = await reading.OpenConnectionAsync())
            Assert.That(fresh.ExecuteScalar<int>(where), Is.EqualTo(Pair.Standby.Port));
        await reading.Mirror.Heartbeat.DisposeAsync();
        clock.Shift = TimeSpan.FromHours(2);

        await using (var stale = await reading.OpenConnectionAsync())
            Assert.That(stale.ExecuteScalar<int>(where), Is.EqualTo(Pair.Primary.Port));
    }

    [Test]
    public async Task A_process_that_has_slept_reads_nothing_from_a_lead_that_others_may_have_gone_on_without([Values] bool wasAlone)
    {
        var clock = new ShiftedTime();
        await using var sleeper = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1) }, clock);
        await using var late = await sleeper.OpenConnectionAsync();
        await using var connection = await Source.OpenConnectionAsync();
        if (wasAlone)
            Pair.Standby.Kill();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('seen')");
        await Eventually.IsAsync(() => sleeper.Status.Epoch == Source.Status.Epoch && sleeper.Mirror.IsFresh);
        // It sleeps: no sign of life, and meanwhile the lease passes.
        await sleeper.Mirror.Monitor.DisposeAsync();
        await sleeper.Mirror.Heartbeat.DisposeAsync();
        clock.Shift = TimeSpan.FromHours(2);
        if (wasAlone)
        {
            await Pair.Standby.StartAsync();
            await Eventually.IsAsync(() => Source.Status.Mode == MirrorMode.Mirrored);
        }

        Pair.Primary.Suspend();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('not seen')");
        Pair.Standby.Suspend();
        Pair.Primary.Resume();

        const string count = "SELECT COUNT(*) FROM item";
        Assert.That(() => late.ExecuteScalar<int>(count), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("lease"));
        Assert.That(() => late.Execute("SET lock_wait_timeout = (SELECT COUNT(*) + 100 FROM item)"), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("lease"));

        Pair.Standby.Resume();
        await Eventually.IsAsync(() => Source.Status.Mode == MirrorMode.Mirrored);
        // What its monitor would do, which this test has ended.
        await Eventually.IsAsync(async () => await sleeper.Mirror.Standby.Watch.AskAsync() is null);
        Assert.That(late.ExecuteScalar<int>(count), Is.EqualTo(2));
    }

    [Test]
    public async Task A_connection_that_is_closed_in_the_midst_of_a_change_of_epoch_is_given_to_nobody([Values] bool async)
    {
        var node = Source.Mirror.Standby;
        var changing = await node.OpenAsync(async, CancellationToken.None);
        var id = changing.ExecuteScalar<long>("SELECT CONNECTION_ID()");
        await Topology.StateStore.LockAsync(node, changing, async, CancellationToken.None);
        await changing.Ending(async).DisposeAsync();

        // All that the pool has.
        var others = new List<DbConnection>();
        for (var i = 0; i < 20; i++)
            others.Add(await node.OpenAsync(async, CancellationToken.None));
        Assert.That(others.Select(o => o.ExecuteScalar<long>("SELECT CONNECTION_ID()")), Has.None.EqualTo(id));
        Assert.That(await Topology.StateStore.LockAsync(node, others[0], async, CancellationToken.None), Is.Not.Null, "nobody holds the row");
        await Topology.StateStore.EndAsync(others[0], commit: false, async, CancellationToken.None);
        foreach (var other in others)
            await other.Ending(async).DisposeAsync();
    }

    [Test]
    public async Task A_process_that_has_ended_is_waited_for_by_nobody()
    {
        await Source.TakeLeaveAsync();
        await Source.DisposeAsync();

        await using var direct = Open(Pair.Primary);
        Assert.That(direct.ExecuteScalar<int>("SELECT COUNT(*) FROM mirror_instance"), Is.Zero);
    }

    [Test]
    public async Task A_lost_node_is_found_by_a_process_that_does_nothing()
    {
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Primary.Kill();

        await Eventually.IsAsync(() => Source.Status.Lead == NodeRole.Standby);
    }

    private static async Task WriteAsync(MirroredDbConnection connection, bool async, bool inTransaction)
    {
        const string insert = "INSERT INTO item (v) VALUES ('alone')";
        await using var transaction = inTransaction ? await connection.BeginTransactionAsync() : null;
        _ = async ? await connection.ExecuteAsync(insert, transaction: transaction) : connection.Execute(insert, transaction: transaction);
        if (async && transaction is not null)
            await transaction.CommitAsync();
        else
            transaction?.Commit();
    }

    /// <summary>The only process beside one that does not answer, and for which nobody gives up waiting while a test lasts.</summary>
    private async Task<MirroredDbDataSource> MeetStrangerForAnHourAsync()
    {
        await Source.DisposeAsync();
        var source = MakeSource(new MirroredMySqlOptions { Lease = TimeSpan.FromHours(1), ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        await using (var connection = await source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await Eventually.IsAsync(() => source.Mirror.IsFresh);
        await using var direct = Open(Pair.Primary);
        direct.Execute(Stranger.Replace("3000000", "3600000000", StringComparison.Ordinal));
        return source;
    }

    [Test]
    public async Task Who_changes_the_epoch_on_both_nodes_has_a_lease_in_it_before_any_sign_of_life([Values] bool byReturn)
    {
        await using (await Source.OpenConnectionAsync())
            await Eventually.IsAsync(() => Source.Mirror.Lease.Holds(Source.Mirror.Formation.Token));
        var token = Source.Mirror.Formation.Token;
        await Source.Mirror.Heartbeat.DisposeAsync();

        if (byReturn)
            await BeAbsentAsync(() => Task.CompletedTask);
        else
            await Source.SwitchLeadAsync(NodeRole.Standby);

        var next = Source.Mirror.Formation;
        Assert.That(next.Token, Is.Not.EqualTo(token));
        Assert.That(Source.Mirror.Lease.Holds(next.Token), Is.True);
        await using var standby = Open(Pair.Standby);
        Assert.That(standby.ExecuteScalar<bool>($"SELECT EXISTS(SELECT 1 FROM mirror_instance WHERE id = '{Source.Mirror.Instances.Own}')"), Is.True, "who goes on with that node waits for it");
    }
}
