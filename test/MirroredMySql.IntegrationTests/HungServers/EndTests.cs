using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.HungServers;

/// <summary>Nothing of the mirror's own waits for ever for a server that hangs, or for a client that does.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class EndTests(ServerFlavor flavor) : HungServerTest(flavor)
{
    [Test]
    public async Task A_data_source_can_be_disposed([Values] NodeRole hung, [Values] bool async)
    {
        var source = MakeSource(new MirroredMySqlOptions());
        await using (var connection = await source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('mine')");
        Server(hung).Suspend();

        await DisposeInTimeAsync(source, async);
    }

    [Test]
    public async Task A_data_source_can_be_disposed_while_the_node_that_it_brings_back_hangs_again([Values] bool async)
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            Pair.Standby.Kill();
            await connection.ExecuteAsync("UPDATE item SET v = 'alone'");
        }

        await Pair.Standby.StartAsync();
        await using var holder = Open(Pair.Standby);
        await using var transaction = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("SELECT * FROM item FOR UPDATE", transaction: transaction);
        await UntilAsync(() => Source.Status.Mode == MirrorMode.CatchingUp, TimeSpan.FromSeconds(20));
        Pair.Standby.Suspend();

        await DisposeInTimeAsync(Source, async);
        Pair.Standby.Resume();
        await transaction.RollbackAsync();
        await StartAgainAsync();
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_write_whose_answer_comes_after_its_timeout_ends_and_holds_nothing([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        Pair.Standby.Kill();
        await connection.ExecuteAsync("UPDATE item SET v = 'alone'");

        Task<int> late;
        await using (var holder = Open(Pair.Primary))
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await holder.ExecuteAsync("SELECT * FROM mirror_state FOR UPDATE", transaction: transaction);
            late = Task.Run(() => async
                ? connection.ExecuteAsync("INSERT INTO item (v) VALUES ('late')", commandTimeout: 1)
                : Task.FromResult(connection.Execute("INSERT INTO item (v) VALUES ('late')", commandTimeout: 1)));
            // The row is there, and what stands behind it in the packet waits for longer than the command may take.
            await using var observer = Open(Pair.Primary);
            const string waits = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%mirror_state%' AND INFO NOT LIKE '%PROCESSLIST%' AND TIME >= 2";
            await UntilAsync(() => late.IsCompleted || observer.ExecuteScalar<int>(waits) > 0, TimeSpan.FromSeconds(20));
            await transaction.RollbackAsync();
        }

        Assert.That(async () => await late.WaitAsync(TimeSpan.FromSeconds(60)), Throws.InstanceOf<DbException>());
        await using var other = await Source.OpenConnectionAsync();
        await WriteAsync(other, "INSERT INTO item (v) VALUES ('next')", async: true);
        Assert.That(await other.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM item WHERE v = 'late'"), Is.Zero);
        await Pair.Standby.StartAsync();
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_node_that_hangs_while_it_is_brought_back_does_not_hold_up_writes()
    {
        await using var connection = await Source.OpenConnectionAsync();
        Pair.Standby.Kill();
        await connection.ExecuteAsync("UPDATE item SET v = 'alone'");
        await Pair.Standby.StartAsync();
        await using (var holder = Open(Pair.Standby))
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await holder.ExecuteAsync("SELECT * FROM item FOR UPDATE", transaction: transaction);
            await UntilAsync(() => Source.Status.Mode == MirrorMode.CatchingUp, TimeSpan.FromSeconds(20));
            Pair.Standby.Suspend();
            await WriteAsync(connection, "INSERT INTO item (v) VALUES ('alone')", async: true);
            Pair.Standby.Resume();
            await transaction.RollbackAsync();
        }

        await AssertInStepAsync(2);
    }

    [Test]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA1816", Justification = "The server has ended the connection, and the driver's finalizer fails over that.")]
    public async Task A_client_that_sleeps_over_its_fence_does_not_keep_the_other_node_from_going_on([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        var frozen = Open(Pair.Primary); // not disposed: it will have been killed, and the driver would stumble over that
        await frozen.ExecuteScalarAsync("START TRANSACTION; SELECT token FROM mirror_state WHERE id=1 LOCK IN SHARE MODE");
        Pair.Standby.Kill();

        await WriteAsync(connection, "INSERT INTO item (v) VALUES ('alone')", async);

        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
        GC.SuppressFinalize(frozen);
        await Pair.Standby.StartAsync();
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_server_that_is_full_for_a_moment_is_no_lost_node([Values] bool async, [Values] bool forGood)
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(new MirroredMySqlOptions { RetryAttempts = 4, RetryDelay = TimeSpan.FromMilliseconds(100) }, ";Pooling=false");
        await using (var first = await source.OpenConnectionAsync())
            await first.ExecuteAsync("UPDATE item SET v = 'both'");
        await using var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = Pair.Primary.AdministratorConnectionString;
        await administrator.OpenAsync();
        var limit = await administrator.ExecuteScalarAsync<int>("SELECT @@GLOBAL.max_connections");
        var others = new List<System.Data.Common.DbConnection>();
        try
        {
            // Far more than may be: whoever closes a connection makes no room.
            for (var i = 0; i < 40; i++)
                others.Add(Open(Pair.Primary));
            await administrator.ExecuteAsync("SET GLOBAL max_connections = 10");
            var refused = Refused(administrator);
            var opening = InTimeAsync(async () => async ? await source.OpenConnectionAsync() : source.OpenConnection());
            await UntilAsync(() => Refused(administrator) > refused, TimeSpan.FromSeconds(30));
            if (!forGood)
                await administrator.ExecuteAsync($"SET GLOBAL max_connections = {limit}");
            await using var connection = await opening;

            Assert.That(source.Status.Lead, Is.EqualTo(forGood ? NodeRole.Standby : NodeRole.Primary));
        }
        finally
        {
            await administrator.ExecuteAsync($"SET GLOBAL max_connections = {limit}");
            foreach (var other in others)
                await other.DisposeAsync();
        }
    }

    private long Refused(System.Data.Common.DbConnection administrator) => administrator.ExecuteScalar<long>(
        "SELECT CAST(SUM(VARIABLE_VALUE) AS SIGNED) FROM " + (Pair.Primary.Flavor == ServerFlavor.MariaDb ? "information_schema" : "performance_schema")
        + ".global_status WHERE VARIABLE_NAME LIKE 'Connection_errors%' OR VARIABLE_NAME = 'Aborted_connects'");

    private static Task<int> DisposeInTimeAsync(MirroredDbDataSource source, bool async) => InTimeAsync(async () =>
    {
        if (async)
            await source.DisposeAsync();
        else
            source.Dispose();
        return 0;
    });
}
