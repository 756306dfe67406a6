using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>Writers that a barrier holds up for longer than their servers wait for a lock do not hear of it.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class HeldUpTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    // Longer than the session's servers wait for a lock, and than a barrier may be silent.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(7);

    private const string Add = "UPDATE item SET n = n + 1";

    // The background must not find a node that these tests pretend to bring back.
    private protected override MirroredMySqlOptions Options() => new() { ReconnectInterval = TimeSpan.FromHours(1), RetryAttempts = 0 };

    [Test]
    public async Task A_barrier_lasts_while_its_process_lives_and_holds_every_write_up()
    {
        await GoSoloAsync();
        await using var barrier = await WriteBarrier.OpenAsync(Source.Mirror, Source.Mirror.Formation, default);
        await barrier.TakeAsync(default);
        await using var connection = await Source.OpenConnectionAsync();
        var write = Task.Run(() => connection.Execute("INSERT INTO item (v) VALUES ('behind the barrier')"));

        Assert.That(await Task.WhenAny(write, Task.Delay(Long)), Is.Not.EqualTo(write), "it waits");
        await using (var primary = Open(Pair.Primary))
            Assert.That(await primary.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM item WHERE v LIKE 'behind%'"), Is.Zero);
        barrier.ThrowIfLost();
        await barrier.ReleaseAsync(default);
        Assert.That(await write, Is.EqualTo(1));
    }

    [Test]
    public async Task A_barrier_is_gone_within_seconds_when_its_process_falls_silent()
    {
        await GoSoloAsync();
        await using var barrier = await WriteBarrier.OpenAsync(Source.Mirror, Source.Mirror.Formation, default);
        await barrier.TakeAsync(default);
        var silence = new TaskCompletionSource();
        var silent = barrier.OccupyAsync(silence.Task);
        await using var connection = await Source.OpenConnectionAsync();

        Assert.That(connection.Execute("INSERT INTO item (v) VALUES ('goes on')"), Is.EqualTo(1));
        silence.SetResult();
        await silent;
        await UntilAsync(() => IsLost(barrier), "it knows that it is lost");
    }

    [Test]
    public async Task A_write_waits_as_long_as_its_caller_does([Values] bool async, [Values("autocommit", "transaction", "call")] string kind)
    {
        await using (var first = await Source.OpenConnectionAsync())
            await first.ExecuteAsync("DROP PROCEDURE IF EXISTS put; CREATE PROCEDURE put() INSERT INTO item (v) VALUES ('held up')");
        await using var connection = await ImpatientAsync();
        var held = await HoldUpAsync(TimeSpan.FromSeconds(4));

        switch (kind)
        {
            case "autocommit":
                const string insert = "INSERT INTO item (v) VALUES ('held up')";
                Assert.That(async ? await connection.ExecuteAsync(insert) : connection.Execute(insert), Is.EqualTo(1));
                break;
            case "call":
                const string call = "CALL put()"; // is not run again, and fenced by itself
                _ = async ? await connection.ExecuteAsync(call) : connection.Execute(call);
                break;
            default:
                await using (var transaction = await connection.BeginTransactionAsync())
                {
                    await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('held up')", transaction: transaction);
                    if (async)
                        await transaction.CommitAsync();
                    else
                        transaction.Commit();
                }

                break;
        }

        await held;
        Assert.That(await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM item WHERE v = 'held up'"), Is.EqualTo(1));
        await AssertCatchesUpAsync();
    }

    [Test]
    public async Task A_row_lock_that_a_held_up_writer_holds_is_waited_for_as_well([Values] bool async)
    {
        await using var first = await ImpatientAsync();
        await using var second = await ImpatientAsync();
        await using var third = await ImpatientAsync();
        var held = await HoldUpAsync(TimeSpan.FromSeconds(4));
        await using var open = await first.BeginTransactionAsync();
        await first.ExecuteAsync(Add, transaction: open);
        var commit = Task.Run(() => open.Commit());

        var transaction = Task.Run(async () =>
        {
            await using var waiting = await second.BeginTransactionAsync();
            _ = async ? await second.ExecuteAsync(Add, transaction: waiting) : second.Execute(Add, transaction: waiting);
            await waiting.CommitAsync();
        });
        const string sum = "SELECT SUM(n) FROM item FOR UPDATE";
        var read = async ? await third.ExecuteScalarAsync<int>(sum) : third.ExecuteScalar<int>(sum);

        Assert.That(read, Is.Positive);
        await commit;
        await transaction;
        await held;
        Assert.That(await first.ExecuteScalarAsync<int>("SELECT MIN(n) FROM item"), Is.EqualTo(2));
        await AssertCatchesUpAsync();
    }

    [Test]
    public async Task Who_waits_for_less_than_the_barrier_lasts_gets_the_lock_timeout()
    {
        await using var connection = await ImpatientAsync();
        var end = new TaskCompletionSource();
        var held = await HoldUpAsync(Task.WhenAny(end.Task, Task.Delay(TimeSpan.FromMinutes(2))));

        var exception = await Assert.CatchAsync<DbException>(() => connection.ExecuteAsync("INSERT INTO item (v) VALUES ('too late')", commandTimeout: 2));

        Assert.That(held.IsCompleted, Is.False, exception!.Message);
        end.SetResult();
        await held;
        Assert.That(await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM item WHERE v = 'too late'"), Is.Zero);
    }

    [Test]
    public async Task Without_a_way_back_a_lock_timeout_is_the_callers_own_affair()
    {
        await GoSoloAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("SET innodb_lock_wait_timeout = 1");
        await using var primary = Open(Pair.Primary);
        await primary.ExecuteAsync("START TRANSACTION; SELECT * FROM item FOR UPDATE");

        var exception = await Assert.CatchAsync<DbException>(() => connection.ExecuteAsync("UPDATE item SET n = 5"));
        Assert.That(exception!.Message, Does.Contain("Lock wait timeout"));
    }

    private async Task<DbConnection> ImpatientAsync()
    {
        if (Source.Status.Mode == MirrorMode.Mirrored)
            await GoSoloAsync();
        var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("SET innodb_lock_wait_timeout = 1");
        return connection;
    }

    private static bool IsLost(WriteBarrier barrier)
    {
        try
        {
            barrier.ThrowIfLost();
            return false;
        }
        catch (MirroredDbException e)
        {
            return e.IsTransient;
        }
    }

    // As another process would, so that this one has to find out.
    private Task<Task> HoldUpAsync(TimeSpan time) => HoldUpAsync(Task.Delay(time));

    private async Task<Task> HoldUpAsync(Task end)
    {
        var primary = Open(Pair.Primary);
        await primary.ExecuteAsync("UPDATE mirror_state SET mode = 'CatchingUp'; START TRANSACTION; SELECT * FROM mirror_state FOR UPDATE");
        return Task.Run(async () =>
        {
            await end;
            await primary.ExecuteAsync("ROLLBACK");
            await primary.DisposeAsync();
        });
    }

    private async Task AssertCatchesUpAsync()
    {
        await Pair.Standby.StartAsync();
        await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(100) });
        await using (var _ = await other.OpenConnectionAsync())
            await UntilAsync(() => other.Status.Mode == MirrorMode.Mirrored, "in step again");
        await AssertIdenticalAsync();
    }
}
