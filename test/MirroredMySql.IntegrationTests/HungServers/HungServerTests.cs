using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.HungServers;

/// <summary>A server that hangs is found out long before a command's own timeout, by whoever waits for it.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class HungServerTests(ServerFlavor flavor) : HungServerTest(flavor)
{
    [Test]
    public async Task A_connection_opens_on_the_other_node([Values] bool async)
    {
        Pair.Primary.Suspend();

        await using var connection = await InTimeAsync(async () => async ? await Source.OpenConnectionAsync() : Source.OpenConnection());

        Assert.That(await ReadAsync<string>(connection, "SELECT v FROM item", async), Is.EqualTo("both"));
        Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_read_moves_to_the_other_node([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        Assert.That(await ReadAsync<string>(connection, "SELECT v FROM item", async), Is.EqualTo("both"));
        Pair.Primary.Suspend();

        Assert.That(await ReadAsync<string>(connection, "SELECT v FROM item", async), Is.EqualTo("both"));
        Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_read_that_has_given_rows_fails_and_the_next_one_is_served([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        // More than fits into any buffer between the server and the reader.
        await using var command = connection.CreateCommand();
        command.CommandText = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT a.i, REPEAT('x', 200) FROM n AS a, n AS b";
        await using var reader = async ? await command.ExecuteReaderAsync() : command.ExecuteReader();
        Assert.That(async ? await reader.ReadAsync() : reader.Read(), Is.True);
        Pair.Primary.Suspend();

        await Assert.CatchAsync<DbException>(() => InTimeAsync(async () =>
        {
            while (async ? await reader.ReadAsync() : reader.Read())
            {
            }

            return 0;
        }));
        await InTimeAsync(async () =>
        {
            await reader.DisposeAsync();
            return 0;
        });
        Assert.That(await ReadAsync<string>(connection, "SELECT v FROM item", async), Is.EqualTo("both"));
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task A_write_is_acknowledged_by_the_node_that_is_left([Values] NodeRole hung, [Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await WriteAsync(connection, "INSERT INTO item (v) VALUES ('before')", async);
        Server(hung).Suspend();

        Assert.That(await WriteAsync(connection, "INSERT INTO item (v) VALUES ('alone')", async), Is.EqualTo(1));

        Assert.That(Source.Status.Lead, Is.EqualTo(Other(hung)).Or.EqualTo(NodeRole.Primary));
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
        await AssertInStepAsync(3);
    }

    [Test]
    public async Task Many_writers_are_released_at_once([Values] NodeRole hung)
    {
        var connections = new List<MirroredDbConnection>();
        for (var i = 0; i < 20; i++)
        {
            connections.Add(await Source.OpenConnectionAsync());
            await WriteAsync(connections[i], "INSERT INTO item (v) VALUES ('before')", async: true);
        }

        Server(hung).Suspend();
        await Task.WhenAll(connections.Select((c, i) => WriteAsync(c, "INSERT INTO item (v) VALUES ('alone')", async: i % 2 == 0)));

        foreach (var connection in connections)
        {
            await InTimeAsync(async () =>
            {
                await connection.DisposeAsync();
                return 0;
            });
        }

        await AssertInStepAsync(41);
    }

    [Test]
    public async Task A_transaction_goes_on_or_says_that_it_can_be_run_again([Values] NodeRole hung, [Values] bool async, [Values] bool atCommit)
    {
        await using var connection = await Source.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        await WriteAsync(connection, "INSERT INTO item (v) VALUES ('one')", async, transaction);
        if (!atCommit)
            Server(hung).Suspend();
        try
        {
            if (!atCommit)
                await WriteAsync(connection, "INSERT INTO item (v) VALUES ('two')", async, transaction);
            else
                Server(hung).Suspend();
            await InTimeAsync(async () =>
            {
                if (async)
                    await transaction.CommitAsync();
                else
                    transaction.Commit();
                return 0;
            });
        }
        catch (MirroredDbException e) when (e.IsTransient && hung == NodeRole.Primary)
        {
            await InTimeAsync(async () =>
            {
                await transaction.DisposeAsync();
                return 0;
            });
            await WriteAsync(connection, atCommit ? "INSERT INTO item (v) VALUES ('one')" : "INSERT INTO item (v) VALUES ('one'), ('two')", async);
        }

        Assert.That(await ReadAsync<long>(connection, "SELECT COUNT(*) FROM item", async), Is.EqualTo(atCommit ? 2 : 3));
        Assert.That(Source.Status.Lead, Is.EqualTo(Other(hung)).Or.EqualTo(NodeRole.Primary));
        await AssertInStepAsync(atCommit ? 2 : 3);
    }

    [Test]
    public async Task A_server_that_answers_is_left_alone_however_long_it_takes([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var holder = Open(Pair.Primary);
        await using var transaction = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("UPDATE item SET v = 'held'", transaction: transaction);
        await using var other = await Source.OpenConnectionAsync();

        var update = WriteAsync(other, "UPDATE item SET v = 'after'", async);
        Assert.That(await ReadAsync<int>(connection, "SELECT SLEEP(5)", async), Is.Zero);
        Assert.That(update.IsCompleted, Is.False);
        await transaction.RollbackAsync();

        Assert.That(await update, Is.EqualTo(1));
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        Assert.That(Logs.Entries.Where(e => e.Level >= Microsoft.Extensions.Logging.LogLevel.Warning), Is.Empty);
        await AssertInStepAsync(1);
    }
}
