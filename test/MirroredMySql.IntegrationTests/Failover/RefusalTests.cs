using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A follower on which somebody else holds locks costs a few writes a wait, and not the application its writes.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class RefusalTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    [Test]
    public async Task A_follower_that_refuses_what_the_lead_takes_is_left_out_until_it_takes_it([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using var foreign = await HoldItemAsync();

        _ = async ? await connection.ExecuteAsync("UPDATE item SET v = 'alone'") : connection.Execute("UPDATE item SET v = 'alone'");

        Assert.That(Source.Status, Has.Property(nameof(MirrorStatus.Mode)).Not.EqualTo(MirrorMode.Mirrored).And.Property(nameof(MirrorStatus.Lead)).EqualTo(NodeRole.Primary));
        Assert.That(Source.Status.Reason, Does.Contain("refuses most of the writes"));
        foreign.Execute("ROLLBACK");
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task Transactions_that_the_follower_refuses_fail_until_it_is_left_out()
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        await using var foreign = await HoldItemAsync();
        using (new HeldReturn())
        {
            for (var i = 0; i < 3; i++)
            {
                await using var refused = await connection.BeginTransactionAsync();
                Assert.That(() => connection.Execute("UPDATE item SET v = 'never'", transaction: refused), Throws.InstanceOf<DbException>().With.Message.Contains("Lock wait timeout"));
                await refused.RollbackAsync();
            }

            await using (var transaction = await connection.BeginTransactionAsync())
            {
                connection.Execute("UPDATE item SET v = 'alone'", transaction: transaction);
                await transaction.CommitAsync();
            }

            Assert.That(Source.Status.Mode, Is.Not.EqualTo(MirrorMode.Mirrored));
        }

        foreign.Execute("ROLLBACK");
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_row_that_is_held_does_not_cost_the_other_writes_their_follower()
    {
        await using var connection = await Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('held')");
        await using var foreign = await HoldItemAsync();
        for (var i = 0; i < 3; i++)
        {
            await using var refused = await connection.BeginTransactionAsync();
            Assert.That(() => connection.Execute("UPDATE item SET v = 'never' WHERE id = 1", transaction: refused), Throws.InstanceOf<DbException>());
            await refused.RollbackAsync();
            connection.Execute("INSERT INTO item (v) VALUES ('free'); INSERT INTO item (v) VALUES ('free too')");
        }

        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        foreign.Execute("ROLLBACK");
        await AssertInStepAsync(7);
    }

    protected override MirroredMySqlOptions SourceOptions() => new() { FollowerLockTimeout = TimeSpan.FromSeconds(1), ReconnectInterval = TimeSpan.FromSeconds(3) };

    private async Task<DbConnection> HoldItemAsync()
    {
        var foreign = Open(Pair.Standby);
        await foreign.ExecuteAsync("BEGIN; SELECT * FROM item WHERE id = 1 FOR UPDATE");
        return foreign;
    }
}
