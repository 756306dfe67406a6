using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Net.Sockets;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>Nodes come and go under writers: they notice nothing of a node that returns, and nothing is lost.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class WriterTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    private const int Accounts = 20;

    [Test]
    public async Task Writers_notice_nothing_of_a_node_that_returns()
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            for (var i = 0; i < Accounts; i++)
                await connection.ExecuteAsync("INSERT INTO item (v, n) VALUES ('account', 100)");
        }

        await using var other = MakeSource(Options());
        await using var team = new WriterTeam(Source, other);
        foreach (var server in new[] { Pair.Standby, Pair.Primary, Pair.Standby })
        {
            await Task.Delay(500);
            server.Kill();
            await UntilAsync(() => Source.Status.Mode == MirrorMode.Solo && other.Status.Mode == MirrorMode.Solo, "noticed by both");
            await Task.Delay(1500);
            // From here on there is no reason for an error.
            team.MayFail = false;
            await server.StartAsync();
            await UntilAsync(() => Source.Status.Mode == MirrorMode.Mirrored && other.Status.Mode == MirrorMode.Mirrored, "in step again");
            await Task.Delay(700);
            Assert.That(team.Errors, Is.Empty);
            team.MayFail = true;
        }

        await team.DisposeAsync();
        Assert.That(team.Errors, Is.Empty);
        Assert.That(Source.Status.Suspects, Is.Empty);
        await AssertIdenticalAsync();
        await using var standby = Open(Pair.Standby);
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT SUM(n) FROM item WHERE v = 'account'"), Is.EqualTo(Accounts * 100), "transfers balance");
        var present = (await standby.QueryAsync<string>("SELECT v FROM item WHERE v <> 'account'")).ToList();
        Assert.That(team.Acknowledged.Except(present), Is.Empty, "nothing acknowledged is lost");
        Assert.That(present, Is.Unique, "nothing is there twice");
    }

    [Test]
    public async Task A_read_that_the_return_of_the_other_node_overtakes_is_answered([Values] bool isOwnReturn)
    {
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v, n) VALUES ('account', 100)");
        await GoSoloAsync();
        await using var other = MakeSource(Options());
        var source = isOwnReturn ? Source : other;
        await using var reader = await source.OpenConnectionAsync();
        await using var transaction = await reader.BeginTransactionAsync();
        await using var holder = Open(Pair.Primary);
        await using var hold = await holder.BeginTransactionAsync();
        await holder.ExecuteScalarAsync<int>("SELECT n FROM item WHERE v = 'account' FOR UPDATE", transaction: hold);
        var reading = Task.Run(() => reader.ExecuteScalarAsync<int>("SELECT n FROM item WHERE id = 1 FOR UPDATE", transaction: transaction));

        await Pair.Standby.StartAsync();
        await UntilAsync(() => Source.Status.Mode == MirrorMode.Mirrored && other.Status.Mode == MirrorMode.Mirrored, "in step again");
        Assert.That(reading.IsCompleted, Is.False);
        await hold.RollbackAsync();

        Assert.That(await reading, Is.EqualTo(100));
    }

    [Test]
    public async Task Writers_that_are_faster_than_the_replay_are_slowed_until_it_has_caught_up()
    {
        await GoSoloAsync();
        await using var team = new WriterTeam(Source, Source, pace: TimeSpan.FromMilliseconds(15)) { MayFail = false };
        await UntilAsync(() => team.Acknowledged.Count >= 500, "there is more than a batch to replay");
        // A node on which every write takes as long as the writers take for two, until somebody has noticed.
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.EntryRan)
                return;
            var written = team.Acknowledged.Count;
            SpinWait.SpinUntil(() => team.Acknowledged.Count >= written + 2 || Warnings.Any(IsSlowed));
        };
        await Pair.Standby.StartAsync();
        await UntilAsync(() => Source.Status.Mode == MirrorMode.Mirrored, "in step again", seconds: 120);

        Assert.That(Warnings.Count(IsSlowed), Is.EqualTo(1), "it says so, once");
        await team.DisposeAsync();
        Assert.That(team.Errors, Is.Empty);
        Assert.That(team.Longest, Is.LessThan(TimeSpan.FromSeconds(10)), "no pulse may come near a lock timeout");
        await AssertIdenticalAsync();

        static bool IsSlowed(string warning) => warning.Contains("slowed down", StringComparison.Ordinal);
    }

    /// <summary>Connections that write without a pause: autocommit writes, transfers between two rows, and locking reads.</summary>
    private sealed class WriterTeam : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<string> _errors = new();
        private readonly ConcurrentQueue<string> _acknowledged = new();
        private readonly Task[] _writers;
        private long _longest;

        public WriterTeam(MirroredDbDataSource first, MirroredDbDataSource second, TimeSpan? pace = null)
        {
            _writers = [.. Enumerable.Range(0, 6).Select(i => Task.Run(() => WriteAsync(i % 2 == 0 ? first : second, i, pace)))];
        }

        /// <summary>Whether a transient error is what a caller has to expect at the moment.</summary>
        public bool MayFail { get; set; } = true;

        public IReadOnlyCollection<string> Errors => _errors;

        public ConcurrentQueue<string> Acknowledged => _acknowledged;

        public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longest));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_writers);
        }

        private async Task WriteAsync(MirroredDbDataSource source, int seed, TimeSpan? pace)
        {
            var random = new Random(seed);
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await using var connection = await source.OpenConnectionAsync();
                    for (var i = 0; i < 50 && !_stop.IsCancellationRequested; i++)
                    {
                        var began = Stopwatch.GetTimestamp();
                        await ActAsync(connection, random, withTransfers: pace is null);
                        var took = Stopwatch.GetElapsedTime(began).Ticks;
                        if (took > Volatile.Read(ref _longest))
                            Volatile.Write(ref _longest, took);
                        if (pace is { } rest)
                            await Task.Delay(rest);
                    }
                }
                catch (Exception e)
                {
                    // A deadlock among the writers themselves is none of our business, nor what a loss is documented to bring.
                    var isExpected = e is MirroredDbException { IsTransient: true } or MirroredDbException { IsInDoubt: true } || IsOutage(e);
                    if (!(MayFail && isExpected) && !e.Message.Contains("Deadlock", StringComparison.Ordinal))
                        _errors.Enqueue($"{DateTime.UtcNow:mm:ss.fff} {e}");
                }
            }
        }

        // A read in a transaction whose node dies gets what the driver says.
        private static bool IsOutage(Exception e) =>
            e is IOException or SocketException || (e.InnerException is { } inner && IsOutage(inner));

        private async Task ActAsync(DbConnection connection, Random random, bool withTransfers)
        {
            var id = Guid.NewGuid().ToString();
            switch (withTransfers ? random.Next(4) : 0)
            {
                case 0:
                    await connection.ExecuteAsync("INSERT INTO item (v) VALUES (@id)", new { id });
                    break;
                case 1:
                    connection.Execute("INSERT INTO item (v) VALUES (@id)", new { id });
                    break;
                default:
                    await TransferAsync(connection, random, id);
                    break;
            }

            _acknowledged.Enqueue(id);
        }

        // Rows are locked in their order, so that the writers do not deadlock among themselves.
        private static async Task TransferAsync(DbConnection connection, Random random, string id)
        {
            var from = random.Next(1, Accounts);
            await using var transaction = await connection.BeginTransactionAsync();
            if (random.Next(2) == 0)
                await connection.QueryAsync<int>("SELECT n FROM item WHERE id IN (@from, @to) ORDER BY id FOR UPDATE", new { from, to = from + 1 }, transaction);
            await connection.ExecuteAsync("UPDATE item SET n = n - 1 WHERE id = @from", new { from }, transaction);
            await connection.ExecuteAsync("UPDATE item SET n = n + 1 WHERE id = @to", new { to = from + 1 }, transaction);
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES (@id)", new { id }, transaction);
            await transaction.CommitAsync();
        }
    }
}
