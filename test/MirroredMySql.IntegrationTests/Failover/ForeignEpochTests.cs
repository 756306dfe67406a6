using System.Data.Common;
using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A transaction is open while another process begins an epoch, of which its own has not heard: its fence tells it.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ForeignEpochTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string Write = "INSERT INTO item (v) VALUES ('of the former epoch')";

    // It gives a sign of life once a minute, and looks at the nodes once an hour.
    protected override MirroredMySqlOptions SourceOptions() => new() { Lease = TimeSpan.FromMinutes(10), HealthCheckInterval = TimeSpan.FromHours(1) };

    [Test]
    public async Task A_transaction_commits_nothing_once_another_node_leads([Values] bool async)
    {
        await using var other = MakeSource(new MirroredMySqlOptions());
        await using var theirs = await other.OpenConnectionAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(Write, transaction: transaction);
        await other.SwitchLeadAsync(NodeRole.Standby);

        var error = await Assert.CatchAsync<MirroredDbException>(() => CommitAsync(transaction, async));

        Assert.That((error!.IsTransient, error.IsInDoubt), Is.EqualTo((true, false)), error.Message);
        Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        foreach (var server in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(server);
            Assert.That(direct.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.Zero);
        }

        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('of the next one')");
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_transaction_commits_alone_what_its_lead_holds_once_the_follower_is_out([Values] bool isAnnounced, [Values] bool async)
    {
        await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        await using var theirs = await other.OpenConnectionAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(Write, transaction: transaction);
        if (isAnnounced)
        {
            // It takes leave, so that nobody waits for it.
            await Source.Mirror.Monitor.DisposeAsync();
            await Source.Mirror.Heartbeat.DisposeAsync();
        }

        using (new HeldReturn())
        {
            await TakeOutStandbyAsync(other);
            await using var primary = Open(Pair.Primary);
            await using var standby = Open(Pair.Standby);
            if (isAnnounced)
                await Eventually.IsAsync(() => primary.ExecuteScalar<bool>("SELECT announced FROM mirror_state"));

            if (isAnnounced)
            {
                await CommitAsync(transaction, async);
            }
            else
            {
                // It would keep everybody from announcing the epoch for as long as it waited for that.
                var error = await Assert.CatchAsync<MirroredDbException>(() => CommitAsync(transaction, async));
                Assert.That((error!.IsTransient, error.IsInDoubt), Is.EqualTo((true, false)), error.Message);
                Assert.That(error.Message, Does.Contain("another epoch"));
                await connection.ExecuteAsync(Write);
            }

            const string count = "SELECT CONCAT_WS('/', (SELECT COUNT(*) FROM item), (SELECT COUNT(*) FROM mirror_journal))";
            Assert.That((primary.ExecuteScalar<string>(count), standby.ExecuteScalar<string>(count)), Is.EqualTo(("1/1", "0/0")));
        }

        await Eventually.IsAsync(() => other.Status.Mode == MirrorMode.Mirrored);
        Assert.That(other.Status.Suspects, Is.Empty);
        await Source.Mirror.ReloadAsync(async: true, CancellationToken.None);
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task Whoever_waits_for_the_lead_s_row_keeps_nobody_from_the_follower_s([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(Write, transaction: transaction);
        await using var changer = Open(Pair.Primary);
        await changer.ExecuteAsync("BEGIN; SELECT token FROM mirror_state FOR UPDATE");
        await using var standby = Open(Pair.Standby);
        var begun = Rollbacks();
        var commit = Task.Run(() => CommitAsync(transaction, async));
        try
        {
            // It gives the follower's row back each time that it finds the lead's held.
            while (Rollbacks() < begun + 3)
                await standby.ExecuteAsync("SET innodb_lock_wait_timeout = 10; BEGIN; SELECT token FROM mirror_state FOR UPDATE; COMMIT");
            Assert.That(commit.IsCompleted, Is.False);
        }
        finally
        {
            await changer.ExecuteAsync("ROLLBACK");
        }

        await commit;
        await AssertInStepAsync(1);

        long Rollbacks() => long.Parse((string)standby.QuerySingle("SHOW GLOBAL STATUS LIKE 'Com_rollback'").Value, CultureInfo.InvariantCulture);
    }

    private static async Task CommitAsync(DbTransaction transaction, bool async)
    {
        if (async)
            await transaction.CommitAsync();
        else
            transaction.Commit();
    }
}
