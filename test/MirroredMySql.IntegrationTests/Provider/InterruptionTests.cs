using System.Data.Common;
using System.Diagnostics;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A command that is cancelled, times out or meets another one leaves nothing half done.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class InterruptionTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [Test]
    public async Task A_cancelled_token_stops_a_command_before_it_runs()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "INSERT INTO thing (name) VALUES ('never')");
        var cancelled = new CancellationToken(canceled: true);
        await Assert.CatchAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(cancelled));
        await Assert.CatchAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(cancelled));
        await Assert.CatchAsync<OperationCanceledException>(() => command.ExecuteReaderAsync(cancelled));
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.Zero);
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_read_that_times_out_fails_as_with_the_bare_driver_and_the_connection_goes_on([Values] bool async)
    {
        await AssertParityAsync(async (connection, table) =>
        {
            await using var command = Command(connection, $"SELECT COUNT(*), '{table}' FROM information_schema.TABLES WHERE SLEEP(30) = 0");
            command.CommandTimeout = 6;
            var started = Stopwatch.GetTimestamp();
            var failure = await FailureOfAsync(async () => _ = async && TimeoutsAreAsync ? await command.ExecuteScalarAsync() : command.ExecuteScalar());
            Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(11.5)), "it ran more than once");
            return $"{failure}, then {await connection.ExecuteScalarAsync<int>("SELECT 1")}";
        });
    }

    [Test]
    public async Task After_a_read_that_timed_out_the_same_connection_writes()
    {
        await using var connection = Source.OpenConnection();
        await using (var command = Command(connection, "SELECT SLEEP(5)"))
        {
            command.CommandTimeout = 1;
            // MySQL ends SLEEP early with the value 1 instead of an error when the driver kills the query.
            await FailureOfAsync(() => Task.FromResult(command.ExecuteScalar()));
        }

        connection.Execute("INSERT INTO thing (name) VALUES ('after')");
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_physical_connection_is_used_again_only_when_the_server_itself_has_ended_what_timed_out()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "SELECT COUNT(*) FROM information_schema.TABLES WHERE SLEEP(9) = 0");
        command.CommandTimeout = 1;
        var before = connection.ExecuteScalar<long>("SELECT CONNECTION_ID()");

        Assert.Catch<DbException>(() => command.ExecuteScalar());

        // MySqlConnector waits for the server to say that it was killed.
        Assert.That(connection.ExecuteScalar<long>("SELECT CONNECTION_ID()") == before, Is.EqualTo(TimeoutsAreAsync));
    }

    [Test]
    public async Task A_transaction_of_which_a_statement_timed_out_goes_on_unless_its_connection_is_given_up()
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('before')", transaction: transaction);
        await using var command = Command(connection, "SELECT COUNT(*) FROM information_schema.TABLES WHERE SLEEP(9) = 0");
        (command.Transaction, command.CommandTimeout) = (transaction, 1);

        Assert.Catch<DbException>(() => command.ExecuteScalar());

        // MySqlConnector waits for the server to say that it was killed, and goes on.
        if (TimeoutsAreAsync)
            transaction.Commit();
        else
            Assert.That(transaction.Commit, Throws.InstanceOf<MirroredDbException>().With.Property("IsTransient").True.And.Property("IsInDoubt").False);
        await using var next = Source.OpenConnection();
        Assert.That(next.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo(TimeoutsAreAsync ? 1 : 0));
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_write_that_times_out_waiting_for_a_lock_leaves_both_nodes_alike([Values] bool inTransaction)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO thing (id, name) VALUES (1, 'a')");
        await using (var bare = OpenPrimary())
        {
            await using var holder = await bare.BeginTransactionAsync();
            await bare.ExecuteAsync("SELECT * FROM thing WHERE id = 1 FOR UPDATE", transaction: holder);
            await using var transaction = inTransaction ? await connection.BeginTransactionAsync() : null;
            await using var command = Command(connection, "UPDATE thing SET n = 7 WHERE id = 1");
            command.Transaction = transaction;
            command.CommandTimeout = 1;
            Assert.Catch<DbException>(() => command.ExecuteNonQuery());
            await holder.RollbackAsync();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT n FROM thing WHERE id = 1"), Is.Zero);
        Assert.That(connection.Execute("UPDATE thing SET n = 8 WHERE id = 1"), Is.EqualTo(1));
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await AssertIdenticalAsync();
    }

    // On MySQL a SLEEP that is killed returns 1 and the statement goes on: the second case makes a row of that.
    [Test]
    public async Task A_cancelled_write_is_on_both_nodes_or_on_none([Values("0 * SLEEP(6)", "SLEEP(6)")] string value)
    {
        await using var connection = Source.OpenConnection();
        using var cancellation = new CancellationTokenSource();
        var write = connection.ExecuteAsync(new CommandDefinition($"INSERT INTO thing (name, n) SELECT 'slow', {value}", cancellationToken: cancellation.Token));
        await WaitForQueryAsync("SLEEP(6)");
        await cancellation.CancelAsync();
        try
        {
            await write;
        }
        catch (Exception e) when (e is OperationCanceledException or DbException)
        {
            // MySql.Data does not hear a token while a statement runs; the mirror looks at it when the lead is done.
            Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.Zero, "cancelled, and yet there");
        }

        var first = connection.ExecuteScalar<decimal>("SELECT UNIX_TIMESTAMP(NOW(6))");
        Assert.That(() => connection.ExecuteScalar<decimal>("SELECT UNIX_TIMESTAMP(NOW(6))"), Is.GreaterThan(first), "the clock is frozen");
        connection.Execute("INSERT INTO thing (name) VALUES ('after')");
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Cancel_never_throws_and_never_speaks_against_a_node()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "SELECT SLEEP(7)");
        Assert.DoesNotThrow(command.Cancel);
        var running = Task.Run(() => FailureOfAsync(() => Task.FromResult(command.ExecuteScalar())));
        await WaitForQueryAsync("SLEEP(7)");
        Assert.DoesNotThrow(command.Cancel);
        await running;
        Assert.DoesNotThrow(command.Cancel);

        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        connection.Execute("INSERT INTO thing (name) VALUES ('after')");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Two_commands_at_once_on_one_connection_are_refused_and_do_no_harm()
    {
        var connection = Source.OpenConnection();
        var first = connection.ExecuteAsync("INSERT INTO thing (name, n) SELECT 'slow', SLEEP(5)");
        await WaitForQueryAsync("SLEEP(5)");
        var second = Task.Run(() => FailureOfAsync(() => connection.ExecuteAsync("INSERT INTO thing (name) VALUES ('at the same time')")));
        // The limit keeps a driver that waits for two answers on one connection from holding up everything.
        Assert.That(await second.WaitAsync(TimeSpan.FromMinutes(1)), Is.EqualTo(nameof(InvalidOperationException)));
        Assert.That(await first.WaitAsync(TimeSpan.FromMinutes(1)), Is.EqualTo(1));
        Assert.That(connection.Query<string>("SELECT name FROM thing"), Is.EqualTo(new[] { "slow" }));
        await connection.DisposeAsync();
        await AssertIdenticalAsync();
    }

    // MySql.Data sets the timeout on its socket, which asynchronous reads do not heed: they wait for ever.
    private static bool TimeoutsAreAsync => Driver.Name == "MySqlConnector";

    private async Task WaitForQueryAsync(string text)
    {
        await using var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = (await Servers.PairAsync(Flavor)).Primary.AdministratorConnectionString;
        await administrator.OpenAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await administrator.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE @text", new { text = $"%{text}%" }) == 0)
            patience.Token.ThrowIfCancellationRequested();
    }
}
