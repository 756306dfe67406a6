using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A mirrored transaction is used as any other, and misuse is told at once.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class TransactionTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [Test]
    public async Task Transactions_do_not_nest([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        if (async)
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync());
        else
            Assert.Throws<InvalidOperationException>(() => connection.BeginTransaction());
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        await transaction.CommitAsync();
        await using var next = await connection.BeginTransactionAsync();
        await next.CommitAsync();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task What_is_over_cannot_be_ended_again([Values] bool commit, [Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        var transaction = await connection.BeginTransactionAsync();
        Assert.That(transaction.Connection, Is.SameAs(connection));
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        if (commit)
            transaction.Commit();
        else
            await transaction.RollbackAsync();

        Assert.That(transaction.Connection, Is.Null);
        if (async)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.RollbackAsync());
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.SaveAsync("one"));
            await transaction.DisposeAsync();
            await transaction.DisposeAsync();
        }
        else
        {
            Assert.Throws<InvalidOperationException>(transaction.Commit);
            Assert.Throws<InvalidOperationException>(transaction.Rollback);
            Assert.Throws<InvalidOperationException>(() => transaction.Save("one"));
            transaction.Dispose();
            transaction.Dispose();
        }

        await using var command = Command(connection, "SELECT 1");
        command.Transaction = transaction;
        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar(), "it is not in force any more");
    }

    [Test]
    public async Task Disposing_rolls_back([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        if (async)
            await transaction.DisposeAsync();
        else
            transaction.Dispose();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((0L, 0L)));
        connection.Execute("INSERT INTO thing (name) VALUES ('a')");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_transaction_of_another_connection_is_refused()
    {
        await using var one = Source.OpenConnection();
        await using var two = Source.OpenConnection();
        await using var transaction = await one.BeginTransactionAsync();
        await using var command = Command(two, "INSERT INTO thing (name) VALUES ('a')");
        command.Transaction = transaction;
        Assert.Throws<InvalidOperationException>(() => command.ExecuteNonQuery());
        await transaction.RollbackAsync();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task A_command_without_the_transaction_takes_part_all_the_same()
    {
        await using var connection = Source.OpenConnection();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            connection.Execute("INSERT INTO thing (name) VALUES ('a')");
            Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo(1), "it sees its own write");
        }

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task A_cancelled_commit_has_not_begun()
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        await Assert.CatchAsync<OperationCanceledException>(() => transaction.CommitAsync(new CancellationToken(canceled: true)));
        await transaction.CommitAsync();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((1L, 1L)));
        await AssertIdenticalAsync();
    }

    [TestCase(IsolationLevel.Unspecified)]
    [TestCase(IsolationLevel.ReadUncommitted)]
    [TestCase(IsolationLevel.ReadCommitted)]
    [TestCase(IsolationLevel.RepeatableRead)]
    [TestCase(IsolationLevel.Serializable)]
    [TestCase(IsolationLevel.Snapshot)]
    public async Task An_isolation_level_holds_for_one_transaction(IsolationLevel level)
    {
        await using var connection = Source.OpenConnection();
        var variable = Flavor == ServerFlavor.MySql ? "@@transaction_isolation" : "@@tx_isolation";
        var before = connection.ExecuteScalar<string>($"SELECT {variable}");
        await using (var transaction = await connection.BeginTransactionAsync(level))
        {
            Assert.That(transaction.IsolationLevel, Is.EqualTo(level == IsolationLevel.Unspecified ? IsolationLevel.RepeatableRead : level));
            connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
            await transaction.CommitAsync();
        }

        Assert.That(connection.ExecuteScalar<string>($"SELECT {variable}"), Is.EqualTo(before));
        await AssertIdenticalAsync();
    }

    [Test]
    public void An_isolation_level_that_MySQL_does_not_know_is_refused()
    {
        using var connection = Source.OpenConnection();
        Assert.Throws<NotSupportedException>(() => connection.BeginTransaction(IsolationLevel.Chaos));
        using var transaction = connection.BeginTransaction();
        transaction.Commit();
    }

    [Test]
    public async Task A_snapshot_is_taken_at_the_beginning([Values] bool asked)
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync(asked ? IsolationLevel.Snapshot : IsolationLevel.RepeatableRead);
        await using (var other = Source.OpenConnection())
            other.Execute("INSERT INTO thing (name) VALUES ('a')");
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing", transaction: transaction), Is.EqualTo(asked ? 0 : 1));
        await transaction.CommitAsync();
    }

    [TestCase("one")]
    [TestCase("with space")]
    [TestCase("a`b")]
    [TestCase("北京")]
    [TestCase("select")]
    public async Task A_savepoint_may_have_any_name(string name)
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.That(transaction.SupportsSavepoints, Is.True);
        connection.Execute("INSERT INTO thing (name) VALUES ('kept')", transaction: transaction);
        await transaction.SaveAsync(name);
        connection.Execute("INSERT INTO thing (name) VALUES ('undone')", transaction: transaction);
        transaction.Rollback(name);
        connection.Execute("INSERT INTO thing (name) VALUES ('again')", transaction: transaction);
        await transaction.RollbackAsync(name);
        transaction.Release(name);
        await transaction.SaveAsync(name);
        await transaction.ReleaseAsync(name);
        await transaction.CommitAsync();
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(name) FROM thing"), Is.EqualTo(("kept", "kept")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_savepoint_that_is_not_there_is_the_servers_error_and_the_transaction_goes_on()
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        var exception = Assert.Catch<DbException>(() => transaction.Rollback("not there"));
        Assert.That(exception!.Data["Server Error Code"], Is.EqualTo(1305));
        await Assert.CatchAsync<DbException>(() => transaction.ReleaseAsync("not there"));
        connection.Execute("INSERT INTO thing (name) VALUES ('b')", transaction: transaction);
        await transaction.CommitAsync();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((2L, 2L)));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_failed_statement_leaves_the_transaction_usable()
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        Assert.Catch<DbException>(() => connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction));
        Assert.Catch<DbException>(() => connection.Execute("INSERT INTO thing (name) VALUES ('b'), ('a')", transaction: transaction));
        connection.Execute("INSERT INTO thing (name) VALUES ('c')", transaction: transaction);
        await transaction.CommitAsync();
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(name ORDER BY name) FROM thing"), Is.EqualTo(("a,c", "a,c")));
        await AssertIdenticalAsync();
    }

    [Test]
    public Task A_schema_change_ends_the_transaction_as_with_the_bare_driver() =>
        AssertParityAsync(async (connection, table) =>
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('a')", transaction: transaction);
            await connection.ExecuteAsync($"CREATE TABLE made_by_{table} (id INT PRIMARY KEY)", transaction: transaction);
            await connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('b')", transaction: transaction);
            return await FailureOfAsync(() => transaction.RollbackAsync());
        });

    [Test]
    public Task An_empty_transaction_commits_and_rolls_back() =>
        AssertParityAsync(async (connection, table) =>
        {
            await using (var transaction = await connection.BeginTransactionAsync())
                await transaction.CommitAsync();
            await using (var transaction = await connection.BeginTransactionAsync())
                await transaction.RollbackAsync();
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                var count = await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM {table}", transaction: transaction);
                await transaction.CommitAsync();
                return count;
            }
        });

    [Test]
    public Task A_read_only_transaction_refuses_writes_as_with_the_bare_driver() =>
        AssertParityAsync(async (connection, table) =>
        {
            await connection.ExecuteAsync("START TRANSACTION READ ONLY");
            var failure = await FailureOfAsync(() => connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('a')"));
            await connection.ExecuteAsync("COMMIT");
            await connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('b')");
            return failure;
        });
}
