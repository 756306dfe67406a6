using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A mirrored reader gives what the driver's reader gives, over reads and writes alike.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ReaderTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    private const string AllTypes =
        """
        SELECT CAST(1 AS SIGNED) AS l, CAST(2 AS UNSIGNED) AS ul, 1.50 AS m, 1.5e0 AS d, 'text 北京 😀' AS s, x'00ff10' AS b, DATE '2024-02-29' AS da,
            TIMESTAMP '2024-02-29 23:59:58.123456' AS dt, TIME '11:22:33.444444' AS ti, NULL AS nul, t.*
        FROM (SELECT id, name, n, price, made, data, note FROM thing) t ORDER BY id
        """;

    [Test]
    public void Every_value_is_what_the_driver_gives()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO thing (name, n, price, made, data, note) VALUES ('a', 1, 1.2345, NOW(6), x'01ff', '北京'), (NULL, 2, NULL, NULL, NULL, NULL)");
        using var bare = OpenPrimary();
        using var expected = Command(bare, AllTypes).ExecuteReader();
        using var actual = Command(connection, AllTypes).ExecuteReader();

        Assert.That(Describe(actual), Is.EqualTo(Describe(expected)));
        while (expected.Read())
        {
            Assert.That(actual.Read(), Is.True);
            Assert.That(Values(actual), Is.EqualTo(Values(expected)));
            for (var i = 0; i < expected.FieldCount; i++)
            {
                foreach (var getter in Getters)
                    Assert.That(Outcome(getter, actual, i), Is.EqualTo(Outcome(getter, expected, i)), $"{getter.Name} of column {expected.GetName(i)}");
            }
        }

        Assert.That(actual.Read(), Is.False);
        Assert.That(actual.NextResult(), Is.False);
    }

    [Test]
    public async Task The_schema_of_a_result_set_is_the_drivers()
    {
        await using var connection = Source.OpenConnection();
        await using var bare = OpenPrimary();
        await using var expected = await Command(bare, AllTypes).ExecuteReaderAsync();
        await using var actual = await Command(connection, AllTypes).ExecuteReaderAsync();

        var table = Text(expected.GetSchemaTable()!);
        Assert.That(Text(actual.GetSchemaTable()!), Is.EqualTo(table));
        Assert.That(Text((await actual.GetSchemaTableAsync())!), Is.EqualTo(table));
        var columns = Text(expected.GetColumnSchema());
        Assert.That(Text(actual.GetColumnSchema()), Is.EqualTo(columns));
        Assert.That(Text(await actual.GetColumnSchemaAsync()), Is.EqualTo(columns));
        Assert.That(((IDbColumnSchemaGenerator)actual).GetColumnSchema(), Has.Count.EqualTo(expected.FieldCount));
    }

    [Test]
    public async Task Large_values_can_be_streamed([Values] bool sequential)
    {
        var data = Enumerable.Range(0, 10_000).Select(i => (byte)i).ToArray();
        var note = string.Concat(Enumerable.Repeat("北京 text ", 1_000));
        await using var connection = Source.OpenConnection();
        await using (var insert = Command(connection, "INSERT INTO thing (data, note) VALUES (@data, @note)", ("@data", data), ("@note", note)))
            await insert.ExecuteNonQueryAsync();

        await using var command = Command(connection, "SELECT data, note, data, note FROM thing");
        await using var reader = await command.ExecuteReaderAsync(sequential ? CommandBehavior.SequentialAccess : CommandBehavior.Default);
        Assert.That(await reader.ReadAsync(), Is.True);
        await using (var stream = reader.GetStream(0))
        {
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            Assert.That(copy.ToArray().AsSpan().SequenceEqual(data), Is.True);
        }

        using (var text = reader.GetTextReader(1))
            Assert.That(await text.ReadToEndAsync() == note, Is.True);
        var bytes = new byte[10];
        Assert.That(reader.GetBytes(2, 300, bytes, 2, 5), Is.EqualTo(5));
        Assert.That(bytes, Is.EqualTo(new byte[] { 0, 0, 44, 45, 46, 47, 48, 0, 0, 0 }));
        var characters = new char[4];
        Assert.That(reader.GetChars(3, 1, characters, 0, 4), Is.EqualTo(4));
        Assert.That(new string(characters), Is.EqualTo("京 te"));
        await reader.CloseAsync();
        await AssertIdenticalAsync();
    }

    [TestCase("SELECT 1; INSERT INTO {0} (name) VALUES ('a'), ('b'); SELECT COUNT(*) FROM {0}; UPDATE {0} SET n = 7; SELECT 3")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'); SELECT name FROM {0}")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'); INSERT INTO {0} (name) VALUES ('b')")]
    [TestCase("SELECT name FROM {0} WHERE FALSE; DELETE FROM {0}; SELECT 2")]
    [TestCase("SELECT 1; SELECT 2; INSERT INTO {0} (name) VALUES ('a')")]
    [TestCase("SET @a = 5; SELECT @a; INSERT INTO {0} (n) VALUES (@a)")]
    [TestCase("START TRANSACTION; INSERT INTO {0} (name) VALUES ('a'); SELECT COUNT(*) FROM {0}; COMMIT; SELECT 4")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'); SELECT * FROM not_there; INSERT INTO {0} (name) VALUES ('b')")]
    [TestCase("SELECT 1; INSERT INTO {0} (nowhere) VALUES (1); INSERT INTO {0} (name) VALUES ('b')")]
    public Task Result_sets_of_reads_and_writes_come_as_from_the_bare_driver(string text) =>
        AssertParityAsync(async (connection, table) =>
        {
            if (Driver.Name == "MySqlConnector" && text.Contains("@a", StringComparison.Ordinal))
                return "the driver takes @a for a parameter";
            var seen = new List<string>();
            foreach (var async in new[] { false, true })
            {
                await using var command = Command(connection, string.Format(CultureInfo.InvariantCulture, text, table));
                DbDataReader? reader = null;
                try
                {
                    reader = async ? await command.ExecuteReaderAsync() : command.ExecuteReader();
                    do
                    {
                        seen.Add($"[{reader.FieldCount} {reader.HasRows}");
                        while (async ? await reader.ReadAsync() : reader.Read())
                            seen.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
                        seen.Add("]");
                    }
                    while (async ? await reader.NextResultAsync() : reader.NextResult());
                }
                catch (DbException e)
                {
                    seen.Add($"{e.GetType().Name} {e.Data["Server Error Code"]}");
                }

                if (reader is not null)
                {
                    await reader.DisposeAsync();
                    seen.Add($"affected {reader.RecordsAffected}");
                }

                await connection.ExecuteAsync($"UPDATE {table} SET name = NULL");
            }

            return string.Join(' ', seen);
        });

    [TestCase("SELECT 1; INSERT INTO {0} (name) VALUES ('a'); UPDATE {0} SET n = 7")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'); SELECT 1 UNION SELECT 2; INSERT INTO {0} (name) VALUES ('b')")]
    [TestCase("SELECT n FROM {0}; SELECT 2; INSERT INTO {0} (name) VALUES ('a')")]
    public Task Closing_early_runs_what_is_left_as_the_bare_driver_does(string text) =>
        AssertParityAsync(async (connection, table) =>
        {
            await using var command = Command(connection, string.Format(CultureInfo.InvariantCulture, text, table));
            return await FailureOfAsync(async () =>
            {
                var reader = await command.ExecuteReaderAsync();
                await reader.ReadAsync();
                await reader.DisposeAsync();
            });
        });

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
    public Task A_failure_in_a_later_statement_leaves_the_connection_usable() =>
        AssertParityAsync(async (connection, table) =>
        {
            var failure = await FailureOfAsync(async () =>
            {
                await using var command = Command(connection, $"INSERT INTO {table} (name) VALUES ('a'); SELECT 1; INSERT INTO {table} (name) VALUES ('a')");
                await using var reader = await command.ExecuteReaderAsync();
                while (await reader.NextResultAsync())
                {
                }
            });
            return $"{failure} {await connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('b')")}";
        });

    [TestCase(CommandBehavior.SingleRow)]
    [TestCase(CommandBehavior.SingleResult)]
    [TestCase(CommandBehavior.SequentialAccess)]
    [TestCase(CommandBehavior.SchemaOnly)]
    [TestCase(CommandBehavior.KeyInfo)]
    [TestCase(CommandBehavior.SingleRow | CommandBehavior.SequentialAccess)]
    public Task Every_behaviour_means_what_the_driver_makes_of_it(CommandBehavior behavior) =>
        AssertParityAsync(async (connection, table) =>
        {
            await connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('a'), ('b')");
            var seen = new List<string>();
            foreach (var text in new[] { $"SELECT id, name FROM {table} ORDER BY id", $"SELECT id FROM {table} ORDER BY id; SELECT name FROM {table} ORDER BY id" })
            {
                try
                {
                    await using var command = Command(connection, text);
                    await using var reader = await command.ExecuteReaderAsync(behavior);
                    do
                    {
                        seen.Add($"{reader.FieldCount}:");
                        while (await reader.ReadAsync())
                            seen.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
                    }
                    while (await reader.NextResultAsync());
                }
                catch (NotSupportedException)
                {
                    seen.Add("not supported");
                }

                seen.Add($"then {await connection.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {table}")}");
            }

            return string.Join(' ', seen);
        });

    [Test]
    public async Task A_write_under_any_behaviour_is_the_same_on_both_nodes(
        [Values(CommandBehavior.SingleRow, CommandBehavior.SingleResult, CommandBehavior.SequentialAccess)] CommandBehavior behavior)
    {
        await using var connection = Source.OpenConnection();
        await using (var command = Command(connection, "INSERT INTO thing (name) VALUES ('a'), ('b'); SELECT name FROM thing; UPDATE thing SET n = 1"))
        {
            await using var reader = await command.ExecuteReaderAsync(behavior);
            Assert.That(await reader.ReadAsync(), Is.True);
        }

        connection.Execute("UPDATE thing SET n = n + 1");
        await AssertIdenticalAsync();
    }

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

    [Test]
    public async Task A_reader_without_result_sets_is_empty()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "INSERT INTO thing (name) VALUES ('a')");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.That((reader.FieldCount, reader.HasRows, reader.RecordsAffected), Is.EqualTo((0, false, 1)));
        Assert.That(await reader.ReadAsync(), Is.False);
        Assert.That(reader.GetColumnSchema(), Is.Empty);
        Assert.That(await reader.NextResultAsync(), Is.False);
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
    }

    [Test]
    public void Rows_can_be_enumerated_and_loaded()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO thing (name, n) VALUES ('a', 1), ('b', 2)");
        using (var reader = Command(connection, "SELECT name FROM thing ORDER BY id").ExecuteReader())
            Assert.That(reader.Cast<DbDataRecord>().Select(row => row.GetString(0)).ToList(), Is.EqualTo(new[] { "a", "b" }));

        using var table = new DataTable();
        using (var reader = Command(connection, "SELECT name, n FROM thing ORDER BY id").ExecuteReader())
            table.Load(reader);
        Assert.That(table.Rows.Cast<DataRow>().Select(row => $"{row[0]}{row[1]}"), Is.EqualTo(new[] { "a1", "b2" }));
    }

    [Test]
    public async Task A_cancelled_token_is_heard_between_rows_as_by_the_driver()
    {
        var cancelled = new CancellationToken(canceled: true);
        await AssertParityAsync(async (connection, _) =>
        {
            await using var command = Command(connection, "SELECT 1 UNION SELECT 2");
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            try
            {
                return $"{await reader.ReadAsync(cancelled)}";
            }
            catch (OperationCanceledException)
            {
                return "cancelled";
            }
        });
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

    private static readonly MethodInfo[] Getters =
        [.. typeof(DbDataReader).GetMethods().Where(m => m.Name.StartsWith("Get", StringComparison.Ordinal) && m is { IsGenericMethod: false, IsSpecialName: false }
            && m.GetParameters() is [{ ParameterType: var type }] && type == typeof(int) && m.ReturnType.IsAssignableTo(typeof(object))
            && m.Name is not ("GetData" or "GetStream" or "GetTextReader"))];

    private static string Outcome(MethodInfo getter, DbDataReader reader, int ordinal)
    {
        try
        {
            var value = getter.Invoke(reader, [ordinal]);
            return value is byte[] bytes ? Convert.ToHexString(bytes) : FormattableString.Invariant($"{value}");
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException!.GetType().Name;
        }
    }

    private static List<string> Describe(DbDataReader reader) =>
        [
            $"{reader.FieldCount} {reader.VisibleFieldCount} {reader.HasRows} {reader.Depth} {reader.RecordsAffected}",
            .. Enumerable.Range(0, reader.FieldCount).Select(i =>
                $"{reader.GetName(i)} {reader.GetFieldType(i)} {reader.GetDataTypeName(i)} {reader.GetProviderSpecificFieldType(i)} {reader.GetOrdinal(reader.GetName(i))}"),
        ];

    private static List<object> Values(DbDataReader reader)
    {
        var (values, specific) = (new object[reader.FieldCount], new object[reader.FieldCount]);
        reader.GetValues(values);
        reader.GetProviderSpecificValues(specific);
        return
        [
            .. values, .. specific.Select(v => v.ToString()!), .. Enumerable.Range(0, reader.FieldCount).Select(i => (object)reader.IsDBNull(i)),
            .. Enumerable.Range(0, reader.FieldCount).Select(i => reader[reader.GetName(i)]), reader.GetFieldValue<long>(0), reader.GetFieldValue<string>(4),
            reader.GetFieldValue<byte[]>(5),
        ];
    }

    private static List<string> Text(DataTable table) =>
        [.. table.Rows.Cast<DataRow>().Select(row => string.Join('|', row.ItemArray.Select(v => FormattableString.Invariant($"{v}"))))];

    private static List<string> Text(IEnumerable<DbColumn> columns) =>
        [.. columns.Select(c => $"{c.ColumnName} {c.ColumnOrdinal} {c.DataType} {c.DataTypeName} {c.AllowDBNull} {c.ColumnSize} {c.BaseColumnName} {c.BaseTableName} {c.IsKey}")];
}
