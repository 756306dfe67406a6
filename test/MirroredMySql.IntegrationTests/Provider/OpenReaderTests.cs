using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>What is allowed while a reader is open, and what its end brings about.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class OpenReaderTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [Test]
    public async Task Closing_the_reader_closes_the_connection_when_that_is_asked_for([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using (var command = Command(connection, "INSERT INTO thing (name) VALUES ('a'); SELECT 1; UPDATE thing SET n = 1"))
        {
            await using var reader = async
                ? await command.ExecuteReaderAsync(CommandBehavior.CloseConnection)
                : command.ExecuteReader(CommandBehavior.CloseConnection);
            Assert.That(connection.State, Is.EqualTo(ConnectionState.Open));
        }

        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));
        await connection.OpenAsync();
        Assert.That(connection.ExecuteScalar<int>("SELECT n FROM thing"), Is.EqualTo(1));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Closing_the_connection_is_kept_to_when_execution_throws([Values] bool async, [Values("SELECT * FROM not_there", "INSERT INTO thing (nowhere) VALUES (1)")] string text)
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, text);
        if (async)
            await Assert.CatchAsync<DbException>(() => command.ExecuteReaderAsync(CommandBehavior.CloseConnection));
        else
            Assert.Catch<DbException>(() => command.ExecuteReader(CommandBehavior.CloseConnection));
        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));
    }

    [Test]
    public async Task While_a_reader_is_open_the_connection_does_nothing_else()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "SELECT 1 UNION SELECT 2");
        await using var other = Command(connection, "INSERT INTO thing (name) VALUES ('a')");
        await using (var reader = await command.ExecuteReaderAsync())
        {
            Assert.That(await reader.ReadAsync(), Is.True);
            Assert.Throws<InvalidOperationException>(() => other.ExecuteNonQuery());
            await Assert.ThrowsAsync<InvalidOperationException>(() => other.ExecuteScalarAsync());
            Assert.Throws<InvalidOperationException>(() => command.ExecuteReader());
            Assert.Throws<InvalidOperationException>(() => connection.BeginTransaction());
            await using var batch = connection.CreateBatch();
            var first = batch.CreateBatchCommand();
            first.CommandText = "SELECT 1";
            batch.BatchCommands.Add(first);
            Assert.Throws<InvalidOperationException>(() => batch.ExecuteNonQuery());
            Assert.That(await reader.ReadAsync(), Is.True, "none of that disturbs it");
            Assert.That(reader.GetInt32(0), Is.EqualTo(2));
        }

        Assert.That(await other.ExecuteNonQueryAsync(), Is.EqualTo(1));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_transaction_cannot_commit_under_an_open_reader_and_can_roll_back()
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('a')", transaction: transaction);
        await using var command = Command(connection, "SELECT 1 UNION SELECT 2");
        command.Transaction = transaction;
        await using var reader = await command.ExecuteReaderAsync();
        Assert.Throws<InvalidOperationException>(transaction.Commit);
        await transaction.RollbackAsync();
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task A_closed_reader_answers_what_can_be_answered_and_nothing_else([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "INSERT INTO thing (name) VALUES ('a'), ('b'); SELECT name FROM thing");
        var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        for (var i = 0; i < 2; i++)
        {
            if (async)
                await reader.DisposeAsync();
            else
                reader.Dispose();
        }

        Assert.That((reader.IsClosed, reader.RecordsAffected), Is.EqualTo((true, 2)));
        Assert.Throws<InvalidOperationException>(() => reader.Read());
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.ReadAsync());
        Assert.Throws<InvalidOperationException>(() => reader.NextResult());
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
        Assert.Throws<InvalidOperationException>(() => _ = reader.FieldCount);
        Assert.Throws<InvalidOperationException>(() => reader.GetSchemaTable());
    }

    // MySql.Data reports it as well; MySqlConnector swallows it. Of a write nobody should have to find out later.
    [Test]
    public async Task Closing_early_tells_of_a_later_statement_that_failed()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "SELECT 1; INSERT INTO thing (nowhere) VALUES (1); INSERT INTO thing (name) VALUES ('b')");
        var reader = await command.ExecuteReaderAsync();
        var exception = await Assert.CatchAsync<DbException>(() => reader.CloseAsync());
        Assert.That(exception!.Data["Server Error Code"], Is.EqualTo(1054));
        await reader.DisposeAsync();
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.Zero);
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Rows_of_a_write_are_committed_when_the_reader_closes([Values] bool async, [Values] bool readAll)
    {
        await using var connection = Source.OpenConnection();
        await using (var command = Command(connection, "INSERT INTO thing (name) VALUES ('a'), ('b'), ('c') RETURNING id, name"))
        {
            if (Flavor == ServerFlavor.MySql)
            {
                // MySQL knows no RETURNING, and says so itself.
                Assert.That(Assert.Catch<DbException>(() => command.ExecuteReader())!.Data["Server Error Code"], Is.EqualTo(1064));
                return;
            }

            var reader = async ? await command.ExecuteReaderAsync() : command.ExecuteReader();
            var rows = 0;
            while ((readAll || rows < 1) && (async ? await reader.ReadAsync() : reader.Read()))
                Assert.That(reader.GetInt64(0), Is.EqualTo(++rows));
            if (async)
                await reader.DisposeAsync();
            else
                reader.Dispose();
        }

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((3L, 3L)));
        Assert.That(connection.ExecuteScalar<long>("DELETE FROM thing WHERE name = 'b' RETURNING id"), Is.EqualTo(2));
        Assert.That(connection.Execute("INSERT INTO thing (name) VALUES ('d') RETURNING id"), Is.EqualTo(await BareAffectedAsync()));
        await AssertIdenticalAsync();

        async Task<int> BareAffectedAsync()
        {
            await using var bare = OpenPrimary();
            var affected = await bare.ExecuteAsync("INSERT INTO bare_thing (name) VALUES ('d') RETURNING id");
            await bare.ExecuteAsync("DELETE FROM bare_thing");
            return affected;
        }
    }
}
