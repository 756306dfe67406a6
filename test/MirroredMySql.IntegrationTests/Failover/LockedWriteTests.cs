using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A write under LOCK TABLES is on both nodes, or somebody finds out that it is not.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class LockedWriteTests(ServerFlavor flavor) : FencedChangeTest(flavor)
{
    [TestCase(ProtocolSteps.LeadRan)]
    [TestCase(ProtocolSteps.FollowerRan)]
    public async Task A_process_that_dies_in_the_midst_of_a_write_under_table_locks_leaves_no_difference(string step)
    {
        var victim = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1) });
        await using var theirs = await victim.OpenConnectionAsync();
        theirs.Execute("INSERT INTO item (v) VALUES ('one'), ('two'); LOCK TABLES item WRITE");
        var epoch = Source.Status.Epoch;
        using var frozen = new FrozenProcess(step);
        var write = frozen.RunAsync(() => theirs.Execute("UPDATE item SET v = 'locked'"));
        await frozen.Reached;

        await DieAsync(victim);

        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored } status && status.Epoch > epoch);
        await AssertSameAsync();
        frozen.LetGo();
        await write.ContinueWith(_ => { }, TaskScheduler.Default);
        await AssertSameAsync();
        await victim.DisposeAsync();
    }

    [Test]
    public async Task A_process_that_has_missed_an_epoch_writes_nothing_under_table_locks_by_the_former_one([Values] bool async, [Values] bool returnsRows)
    {
        await using var sleeper = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1), Lease = TimeSpan.FromHours(1) });
        await using var late = await sleeper.OpenConnectionAsync();
        late.Execute("INSERT INTO item (v) VALUES ('both')");
        late.Execute("CREATE PROCEDURE IF NOT EXISTS p() BEGIN INSERT INTO item (v) VALUES ('late'); SELECT 1; END");
        late.Execute("LOCK TABLES item WRITE");
        await sleeper.Mirror.Monitor.DisposeAsync();
        await sleeper.Mirror.Heartbeat.DisposeAsync();
        await using (await Source.OpenConnectionAsync())
        using (new HeldReturn())
        {
            await TakeOutStandbyAsync(Source);

            var write = returnsRows ? "CALL p()" : "INSERT INTO item (v) VALUES ('late')";
            if (returnsRows)
                _ = async ? await late.ExecuteScalarAsync<int>(write) : late.ExecuteScalar<int>(write);
            else
                _ = async ? await late.ExecuteAsync(write) : late.Execute(write);
            late.Execute("UNLOCK TABLES");

            await using var standby = Open(Pair.Standby);
            Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(1), "a node that takes no part was written");
        }

        await AssertInStepAsync(2);
        await AssertNoTraceAsync();
    }

    [Test]
    public async Task A_node_that_comes_back_waits_for_table_locks_and_they_do_not_wait_for_it([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using var direct = Open(Pair.Primary);
        using (new HeldReturn())
        {
            await TakeOutStandbyAsync(Source);
            connection.Execute("INSERT INTO item (v) VALUES ('alone')");
            direct.Execute("INSERT INTO mirror_suspect VALUES ('item', 'by the test', NOW())");
            connection.Execute("LOCK TABLES item WRITE");
        }

        // The barrier is taken, and the copy waits for the lock.
        await Eventually.IsAsync(() => direct.ExecuteScalar<bool>("SELECT EXISTS(SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata lock%')"));
        _ = async ? await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('locked')") : connection.Execute("INSERT INTO item (v) VALUES ('locked')");
        Assert.That(Source.Status.Mode, Is.Not.EqualTo(MirrorMode.Mirrored));
        connection.Execute("UNLOCK TABLES");

        await AssertInStepAsync(3);
        await AssertNoTraceAsync();
    }
}
