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
