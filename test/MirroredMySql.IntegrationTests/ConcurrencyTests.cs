using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>Invariant 1: conflicting writes commit in the same order on both nodes, whoever sends them.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ConcurrencyTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const int Workers = 8;
    private const int Rounds = 60;
    private const int HotRounds = 150;

    [Test]
    public async Task Conflicting_writers_leave_both_nodes_identical([Values] bool async)
    {
        await using (var connection = Source.OpenConnection())
        {
            connection.Execute(
                """
                CREATE TABLE account (id INT PRIMARY KEY, balance INT NOT NULL, touched DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6));
                CREATE TABLE entry (id INT AUTO_INCREMENT PRIMARY KEY, worker INT NOT NULL, v DOUBLE NOT NULL, at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6));
                CREATE TABLE tally (word VARCHAR(10) PRIMARY KEY, n INT NOT NULL);
                INSERT INTO account (id, balance) VALUES (1, 1000), (2, 1000), (3, 1000), (4, 1000)
                """);
        }

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(worker, async))));

        await using (var check = Source.OpenConnection())
        {
            Assert.That(check.ExecuteScalar<long>("SELECT SUM(balance) FROM account"), Is.EqualTo(4000));
            Assert.That(check.ExecuteScalar<long>("SELECT SUM(n) FROM tally"), Is.EqualTo(Workers * Rounds));
        }

        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Writes_whose_order_matters_commit_in_the_same_order_on_both_nodes([Values] bool async)
    {
        await using (var connection = Source.OpenConnection())
        {
            // Neither the value nor the sum is the same in another order.
            connection.Execute(
                """
                CREATE TABLE hot (id INT PRIMARY KEY, v INT NOT NULL, mixed BIGINT NOT NULL);
                CREATE TABLE seen (id INT AUTO_INCREMENT PRIMARY KEY, worker INT NOT NULL, v INT NOT NULL, mixed BIGINT NOT NULL);
                INSERT INTO hot VALUES (1, 0, 1), (2, 0, 1)
                """);
        }

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => HeatAsync(worker, async))));

        await AssertIdenticalAsync();
    }

    private async Task HeatAsync(int worker, bool async)
    {
        var random = new Random(worker);
        await using var connection = Source.OpenConnection();
        for (var round = 0; round < HotRounds; round++)
        {
            var value = new { id = random.Next(1, 3), worker, v = (round * Workers) + worker };
            await RetryAsync(() => RunAsync("UPDATE hot SET mixed = (mixed * 31 + @v) % 1000003, v = @v WHERE id = @id"));
            if (round % 5 == 0)
                await RetryAsync(() => RunAsync("INSERT INTO seen (worker, v, mixed) SELECT @worker, v, mixed FROM hot WHERE id = @id"));

            async Task RunAsync(string sql)
            {
                if (async)
                    await connection.ExecuteAsync(sql, value);
                else
                    connection.Execute(sql, value);
            }
        }
    }

    private async Task WorkAsync(int worker, bool async)
    {
        var random = new Random(worker);
        for (var round = 0; round < Rounds; round++)
        {
            await using var connection = async ? await Source.OpenConnectionAsync() : Source.OpenConnection();
            await RetryAsync(() => RunAsync("INSERT INTO entry (worker, v) VALUES (@worker, RAND()), (@worker, RAND())", new { worker }));
            await RetryAsync(() => RunAsync("INSERT INTO tally VALUES (@word, 1) ON DUPLICATE KEY UPDATE n = n + 1", new { word = "w" + random.Next(3) }));
            await RetryAsync(() => RunAsync("UPDATE account SET balance = balance + 0 WHERE id = @id", new { id = random.Next(1, 5) }));
            await RetryAsync(() => RunAsync("DELETE FROM entry WHERE worker = @other ORDER BY id LIMIT 1", new { other = random.Next(Workers) }));
            await RetryAsync(TransferAsync);

            async Task RunAsync(string sql, object parameters)
            {
                if (async)
                    await connection.ExecuteAsync(sql, parameters);
                else
                    connection.Execute(sql, parameters);
            }

            async Task TransferAsync()
            {
                await using var transaction = async ? await connection.BeginTransactionAsync() : connection.BeginTransaction();
                await RunAsync("UPDATE account SET balance = balance - @amount WHERE id = @id", new { amount = round, id = random.Next(1, 5) });
                await RunAsync("UPDATE account SET balance = balance + @amount WHERE id = @id", new { amount = round, id = random.Next(1, 5) });
                if (async)
                    await transaction.CommitAsync();
                else
                    transaction.Commit();
            }
        }
    }

    // A deadlock is the application's to retry, as on one server.
    private static async Task RetryAsync(Func<Task> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await work();
                return;
            }
            catch (DbException e) when (attempt < 100 && e.Data["Server Error Code"] is 1213 or 1205)
            {
                await Task.Yield();
            }
        }
    }
}
