using System.Data.Common;
using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A node that answers questions and takes no writes, as one that is read-only, or whose disk has stalled.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class StalledTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string Count = "SELECT COUNT(*) FROM item";

    [Test]
    public async Task A_node_that_takes_no_write_is_left_out_until_it_does([Values] NodeRole stalled, [Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using (await StallAsync(stalled))
        {
            const string insert = "INSERT INTO item (v) VALUES ('alone')";
            _ = async ? await connection.ExecuteAsync(insert) : connection.Execute(insert);

            Assert.That(Source.Status.Lead, Is.Not.EqualTo(stalled));
            Assert.That(Source.Status.Reason, Does.Contain("has taken no write"));
            Assert.That(connection.ExecuteScalar<int>(Count), Is.EqualTo(2));
        }

        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_node_that_has_become_read_only_is_left_out_though_nobody_writes([Values] NodeRole stalled)
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using (await SetAsync(stalled, "SET GLOBAL read_only=1", "SET GLOBAL read_only=0"))
        {
            await Eventually.IsAsync(() => Source.Status.Mode != MirrorMode.Mirrored);

            Assert.That(Source.Status.Lead, Is.Not.EqualTo(stalled));
            Assert.That(connection.ExecuteScalar<int>(Count), Is.EqualTo(1));
        }

        await AssertInStepAsync(1);
    }

    [Test]
    public async Task Its_answers_to_questions_count_for_nothing_until_it_is_out()
    {
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var watch = Source.Mirror.Standby.Watch;
        await using var holder = Open(Pair.Primary);
        var begun = Waits();
        using (new HeldReturn())
        {
            // Each attempt to take it out waits for a second, which is how long a silence is believed without asking again.
            await holder.ExecuteAsync("BEGIN; SELECT * FROM mirror_state FOR UPDATE");
            var finding = watch.FindStalledAsync();
            while (Waits() < begun + 4)
                Assert.That(await watch.AskAsync(), Is.Not.Null);
            await holder.ExecuteAsync("ROLLBACK");
            await finding;

            Assert.That(Source.Status, Has.Property(nameof(MirrorStatus.Lead)).EqualTo(NodeRole.Primary).And.Property(nameof(MirrorStatus.Mode)).Not.EqualTo(MirrorMode.Mirrored));
            await Eventually.IsAsync(async () => await watch.AskAsync() is null);
        }

        await AssertInStepAsync(1);

        long Waits() => long.Parse((string)holder.QuerySingle("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'").Value, CultureInfo.InvariantCulture);
    }

    [Test]
    public async Task A_node_on_which_signs_of_life_wait_for_each_other_is_left_out()
    {
        await using var source = MakeSource(new MirroredMySqlOptions { NodeTimeout = TimeSpan.FromSeconds(20), Lease = TimeSpan.FromMinutes(2), ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        await using (await source.OpenConnectionAsync())
            await Eventually.IsAsync(() => source.Mirror.IsFresh);
        await Source.DisposeAsync();
        await using (await SetAsync(NodeRole.Standby, "BEGIN; SELECT * FROM mirror_instance FOR UPDATE", "ROLLBACK"))
        {
            source.Mirror.Heartbeat.Wake();
            await Eventually.IsAsync(() => source.Status.Mode != MirrorMode.Mirrored);

            Assert.That(source.Status.Reason, Does.Contain("has taken no write"));
        }

        await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored);
    }

    [Test]
    public async Task Where_neither_node_takes_a_write_reads_go_on_beyond_the_lease([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using (await StallAsync(NodeRole.Primary))
        await using (await StallAsync(NodeRole.Standby))
        {
            await Eventually.IsAsync(() => Source.Mirror.Heartbeat.HasFailed);

            Assert.That(async ? await connection.ExecuteScalarAsync<int>(Count) : connection.ExecuteScalar<int>(Count), Is.EqualTo(1));
            Assert.That(Source.Mirror.IsFresh, Is.False);
        }

        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_process_that_has_slept_reads_from_the_node_that_is_left_when_nobody_else_is_there([Values] NodeRole dead, [Values] bool async)
    {
        var clock = new ShiftedTime();
        await Source.DisposeAsync();
        await using var sleeper = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1), Lease = TimeSpan.FromHours(1) }, clock);
        await using var connection = await sleeper.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        (dead == NodeRole.Primary ? Pair.Primary : Pair.Standby).Kill();
        clock.Shift = TimeSpan.FromHours(2);

        Assert.That(async ? await connection.ExecuteScalarAsync<int>(Count) : connection.ExecuteScalar<int>(Count), Is.EqualTo(1));
        Assert.That(sleeper.Status.Lead, Is.Not.EqualTo(dead));
    }

    [Test]
    public async Task A_read_that_waits_for_the_nodes_can_be_cancelled()
    {
        var clock = new ShiftedTime();
        await using var sleeper = MakeSource(new MirroredMySqlOptions { NodeTimeout = TimeSpan.FromMinutes(1), Lease = TimeSpan.FromHours(1) }, clock);
        await using var connection = await sleeper.OpenConnectionAsync();
        await Eventually.IsAsync(() => sleeper.Mirror.IsFresh);
        Pair.Primary.Suspend();
        Pair.Standby.Suspend();
        clock.Shift = TimeSpan.FromHours(2);

        using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.That(() => connection.ExecuteScalarAsync<int>(new CommandDefinition(Count, cancellationToken: enough.Token)), Throws.InstanceOf<OperationCanceledException>());

        Pair.Primary.Resume();
        Pair.Standby.Resume();
        Assert.That(await connection.ExecuteScalarAsync<int>(Count), Is.Zero);
    }

    private Task<IAsyncDisposable> StallAsync(NodeRole role) => SetAsync(role, "FLUSH TABLES WITH READ LOCK", "UNLOCK TABLES");

    private async Task<IAsyncDisposable> SetAsync(NodeRole role, string set, string reset)
    {
        var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = (role == NodeRole.Primary ? Pair.Primary : Pair.Standby).AdministratorConnectionString;
        await administrator.OpenAsync();
        await administrator.ExecuteAsync(set);
        return new Stalled(administrator, reset);
    }

    private sealed class Stalled(DbConnection administrator, string reset) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await administrator.ExecuteAsync(reset);
            await administrator.DisposeAsync();
        }
    }
}
