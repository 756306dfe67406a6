using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A batch does what its commands would do one after the other, whether the driver knows batches or not.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class BatchTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [Test]
    public async Task Every_command_reports_its_own_affected_rows([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var batch = connection.CreateBatch();
        Append(batch, "INSERT INTO thing (name, n) VALUES (@a, 1), (@b, 2)", ("@a", "a"), ("@b", "b"));
        Append(batch, "UPDATE thing SET n = n + @by WHERE name = @a", ("@a", "a"), ("@by", 10));
        Append(batch, "SELECT n FROM thing WHERE name = 'a'");
        Append(batch, "DELETE FROM thing WHERE name = 'not there'");
        Append(batch, "UPDATE thing SET n = 5 WHERE name = 'b'; INSERT INTO thing (name) VALUES ('c')");

        var affected = async ? await batch.ExecuteNonQueryAsync() : batch.ExecuteNonQuery();

        Assert.That(affected, Is.EqualTo(5));
        Assert.That(batch.BatchCommands.Select(c => c.RecordsAffected), Is.EqualTo(new[] { 2, 1, -1, 0, 2 }));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Its_result_sets_come_in_order([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var batch = connection.CreateBatch();
        Append(batch, "SELECT 1 UNION SELECT 2");
        Append(batch, "INSERT INTO thing (name, n) VALUES ('a', @n)", ("@n", 7));
        Append(batch, "SELECT n FROM thing WHERE name = @name; SELECT 4", ("@name", "a"));
        var seen = new List<long>();
        await using (var reader = async ? await batch.ExecuteReaderAsync() : batch.ExecuteReader())
        {
            do
            {
                while (async ? await reader.ReadAsync() : reader.Read())
                    seen.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
            }
            while (async ? await reader.NextResultAsync() : reader.NextResult());
        }

        Assert.That(seen, Is.EqualTo(new long[] { 1, 2, 7, 4 }));
        Assert.That(batch.BatchCommands.Select(c => c.RecordsAffected), Is.EqualTo(new[] { -1, 1, -1 }));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task The_scalar_is_the_first_that_there_is([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var batch = connection.CreateBatch();
        Append(batch, "INSERT INTO thing (name) VALUES ('a')");
        Append(batch, "SELECT LAST_INSERT_ID()");
        Append(batch, "INSERT INTO thing (name) VALUES ('b')");
        var id = async ? await batch.ExecuteScalarAsync() : batch.ExecuteScalar();
        Assert.That(Convert.ToInt64(id, CultureInfo.InvariantCulture), Is.EqualTo(1));
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo(2));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task It_stops_at_the_first_error_and_keeps_what_came_before()
    {
        await using var connection = Source.OpenConnection();
        await using var batch = connection.CreateBatch();
        Append(batch, "INSERT INTO thing (name) VALUES ('a')");
        Append(batch, "INSERT INTO thing (name) VALUES ('a')");
        Append(batch, "INSERT INTO thing (name) VALUES ('b')");
        var exception = await Assert.CatchAsync<DbException>(() => batch.ExecuteNonQueryAsync());
        Assert.That(exception!.Data["Server Error Code"], Is.EqualTo(1062));
        Assert.That(connection.Query<string>("SELECT name FROM thing"), Is.EqualTo(new[] { "a" }));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task It_takes_part_in_a_transaction([Values] bool commit)
    {
        await using var connection = Source.OpenConnection();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var batch = connection.CreateBatch();
            batch.Transaction = transaction;
            Append(batch, "INSERT INTO thing (name) VALUES ('a')");
            Append(batch, "UPDATE thing SET n = 1");
            Assert.That(await batch.ExecuteNonQueryAsync(), Is.EqualTo(2));
            Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((0L, 0L)));
            if (commit)
                await transaction.CommitAsync();
        }

        var rows = commit ? 1L : 0L;
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((rows, rows)));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_batch_of_the_data_source_opens_and_closes_its_own_connection()
    {
        await using (var batch = Source.CreateBatch())
        {
            Append(batch, "INSERT IGNORE INTO thing (name) VALUES ('a')");
            Append(batch, "SELECT COUNT(*) FROM thing");
            Assert.That(Convert.ToInt64(await batch.ExecuteScalarAsync(), CultureInfo.InvariantCulture), Is.EqualTo(1));
            await using var reader = await batch.ExecuteReaderAsync();
            Assert.That(await reader.ReadAsync(), Is.True);
        }

        await AssertSameRowsAsync();
    }

    [Test]
    public async Task Procedures_and_text_mix()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("CREATE PROCEDURE add_thing(IN p_name VARCHAR(60)) INSERT INTO thing (name) VALUES (p_name)");
        await using var batch = connection.CreateBatch();
        Append(batch, "add_thing", ("@p_name", "a")).CommandType = CommandType.StoredProcedure;
        Append(batch, "UPDATE thing SET n = 3");
        await batch.ExecuteNonQueryAsync();
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(name, n) FROM thing"), Is.EqualTo(("a3", "a3")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task It_can_be_made_by_the_factory_and_moved()
    {
        await using var one = Source.OpenConnection();
        await using var two = Source.OpenConnection();
        await using var batch = Source.Factory.CreateBatch();
        var command = Source.Factory.CreateBatchCommand();
        command.CommandText = "INSERT INTO thing (n) VALUES (1)";
        batch.BatchCommands.Add(command);
        await Assert.ThrowsAsync<InvalidOperationException>(() => batch.ExecuteNonQueryAsync(), "it has no connection yet");
        foreach (var connection in new[] { one, two })
        {
            batch.Connection = connection;
            await batch.PrepareAsync();
            Assert.That(await batch.ExecuteNonQueryAsync(), Is.EqualTo(1));
        }

        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Wrong_uses_are_refused()
    {
        await using var connection = Source.OpenConnection();
        await using var bare = OpenPrimary();
        await using var batch = connection.CreateBatch();
        Assert.Throws<InvalidOperationException>(() => batch.ExecuteNonQuery(), "it is empty");
        Assert.Throws<ArgumentException>(() => batch.Connection = bare);
        Assert.Throws<ArgumentException>(() => batch.BatchCommands.Add(new ForeignBatchCommand()));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Timeout = -1);
        Append(batch, "INSERT INTO thing (n) VALUES (1)");
        await Assert.CatchAsync<OperationCanceledException>(() => batch.ExecuteNonQueryAsync(new CancellationToken(canceled: true)));
        Assert.DoesNotThrow(batch.Cancel);
        await batch.DisposeAsync();
        await batch.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => batch.ExecuteNonQuery());
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.Zero);
    }

    [Test]
    public void Its_commands_are_a_list()
    {
        using var batch = new MirroredDbBatch();
        var (a, b, c) = (Append(batch, "a"), Append(batch, "b"), new MirroredDbBatchCommand("c"));
        var list = batch.BatchCommands;
        list.Insert(1, c);
        Assert.That(list.Select(x => x.CommandText), Is.EqualTo(new[] { "a", "c", "b" }));
        Assert.That((list.Count, list.IndexOf(b), list.Contains(c), list.IsReadOnly, list[1]), Is.EqualTo((3, 2, true, false, (DbBatchCommand)c)));
        list[0] = new MirroredDbBatchCommand("z");
        Assert.That(list.Remove(a), Is.False);
        list.RemoveAt(0);
        var copy = new DbBatchCommand[3];
        list.CopyTo(copy, 1);
        Assert.That(copy, Is.EqualTo(new DbBatchCommand?[] { null, c, b }));
        list.Clear();
        Assert.That(list, Is.Empty);
        Assert.That((a.RecordsAffected, a.CommandType, a.CanCreateParameter, batch.Timeout), Is.EqualTo((-1, CommandType.Text, true, 30)));
    }

    private static DbBatchCommand Append(DbBatch batch, string text, params (string Name, object Value)[] parameters)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
        return command;
    }

    private sealed class ForeignBatchCommand : DbBatchCommand
    {
        public override string CommandText { get; set; } = "";

        public override CommandType CommandType { get; set; }

        public override int RecordsAffected => -1;

        protected override DbParameterCollection DbParameterCollection => throw new NotSupportedException();
    }
}
