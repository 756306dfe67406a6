using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A mirrored command takes what the driver's takes and gives what it gives.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class CommandTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [TestCase("INSERT INTO {0} (name) VALUES ('a')")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'), ('b'), ('c')")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'); UPDATE {0} SET n = 1")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a'); SELECT LAST_INSERT_ID()")]
    [TestCase("UPDATE {0} SET n = 1")]
    [TestCase("DELETE FROM {0}")]
    [TestCase("SELECT 1")]
    [TestCase("SELECT 1; SELECT 2")]
    [TestCase("SELECT name FROM {0}")]
    [TestCase("SELECT NULL")]
    [TestCase("SET @a = 1")]
    [TestCase("DO 1")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a');")]
    [TestCase("INSERT INTO {0} (name) VALUES ('a@b ?c -- d; /* e */ # f'); -- the end")]
    [TestCase("/* first */ INSERT INTO {0} (name) VALUES ('it''s \\'so\\' \"called\"') # last")]
    [TestCase("SELECT * FROM not_there")]
    [TestCase("INSERT INTO {0} (nowhere) VALUES (1)")]
    [TestCase("this is no SQL")]
    [TestCase("")]
    [TestCase("  ")]
    public Task Every_way_to_execute_gives_what_the_bare_driver_gives(string text) =>
        AssertParityAsync(async (connection, table) =>
        {
            var sql = string.Format(CultureInfo.InvariantCulture, text, table);
            var seen = new List<string>();
            foreach (var execute in Ways)
            {
                await using var command = Command(connection, sql);
                try
                {
                    seen.Add(Convert.ToString(await execute(command), CultureInfo.InvariantCulture) ?? "null");
                }
                catch (Exception e) when (e is DbException or InvalidOperationException)
                {
                    seen.Add($"{e.GetType().Name} {e.Data["Server Error Code"]}");
                }

                await connection.ExecuteAsync($"UPDATE {table} SET name = NULL");
            }

            return string.Join(" | ", seen);
        });

    [Test]
    public async Task Parameters_of_every_common_type_reach_both_nodes([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute(
            """
            CREATE TABLE wide (id INT PRIMARY KEY, t TINYINT, ut TINYINT UNSIGNED, s SMALLINT, i INT, ui INT UNSIGNED, l BIGINT, ul BIGINT UNSIGNED,
                b BOOL, f FLOAT, d DOUBLE, m DECIMAL(30,10), c CHAR(1), v VARCHAR(200), x VARBINARY(300), dt DATETIME(6), ts TIME(6), g CHAR(36), nul INT)
            """);
        (string Name, object? Value)[] values =
        [
            ("t", (sbyte)-128), ("ut", (byte)255), ("s", short.MinValue), ("i", int.MinValue), ("ui", uint.MaxValue), ("l", long.MinValue),
            ("ul", ulong.MaxValue), ("b", true), ("f", 1.5f), ("d", Math.PI), ("m", 12345678901234567890.0123456789m), ("c", 'x'),
            ("v", "北京 😀 ' \" \\ % _ \r\n\t; --"), ("x", Enumerable.Range(0, 256).Select(i => (byte)i).ToArray()),
            ("dt", new DateTime(2024, 2, 29, 23, 59, 59).AddTicks(1234560)), ("ts", new TimeSpan(0, 11, 22, 33, 444)), ("g", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")),
            ("nul", null),
        ];
        var names = string.Join(",", values.Select(v => v.Name));
        await using var command = Command(connection, $"INSERT INTO wide (id,{names}) VALUES (@id,{string.Join(",", values.Select(v => "@" + v.Name))})", values);
        var id = Add(command, "@id", 1);
        for (var i = 1; i <= 3; i++)
        {
            id.Value = i;
            Assert.That(async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery(), Is.EqualTo(1));
        }

        await using var bare = OpenPrimary();
        await using var same = Command(bare, command.CommandText.Replace("@id", "@id + 1000", StringComparison.Ordinal), values);
        Add(same, "@id", 1);
        await same.ExecuteNonQueryAsync();
        Assert.That(bare.ExecuteScalar<long>($"SELECT COUNT(DISTINCT {names.Replace(",nul", "", StringComparison.Ordinal)}) FROM wide"), Is.EqualTo(1), "as the bare driver writes it");
        bare.Execute("DELETE FROM wide WHERE id > 1000");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task One_parameter_serves_several_statements()
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(
            connection, "INSERT INTO thing (name, n) VALUES (@name, @n); UPDATE thing SET n = n + @n WHERE name = @name; SELECT n FROM thing WHERE name = @name",
            ("@name", "a"), ("@n", 4));
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(8));
        await AssertIdenticalAsync();
    }

    [Test]
    public Task Positional_parameters_go_where_the_bare_driver_puts_them() =>
        AssertParityAsync(async (connection, table) =>
        {
            await using var command = Command(connection, $"INSERT INTO {table} (name, n) VALUES (?, ?); UPDATE {table} SET n = n + ? WHERE name = ?");
            foreach (object value in new object[] { "a", 1, 10, "a" })
                Add(command, "", value);
            return await FailureOfAsync(() => command.ExecuteNonQueryAsync());
        });

    [Test]
    public Task A_parameter_that_is_missing_is_the_drivers_error() =>
        AssertParityAsync(async (connection, table) =>
        {
            await using var command = Command(connection, $"INSERT INTO {table} (name) VALUES (@nowhere)");
            return await FailureOfAsync(() => command.ExecuteNonQueryAsync());
        });

    [Test]
    public Task A_stream_is_taken_as_far_as_the_driver_takes_it() =>
        AssertParityAsync(async (connection, table) =>
        {
            using var bytes = new MemoryStream([1, 2, 3, 0, 255]);
            await using var command = Command(connection, $"INSERT INTO {table} (data) VALUES (@v)", ("@v", bytes));
            try
            {
                return $"{await command.ExecuteNonQueryAsync()}";
            }
            catch (NotSupportedException)
            {
                return "not supported";
            }
        });

    [Test]
    public async Task A_prepared_read_can_run_again_with_other_values([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO thing (name, n) VALUES ('a', 1), ('b', 2), ('c', 3)");
        await using var command = Command(connection, "SELECT name FROM thing WHERE n = @n", ("@n", 0));
        if (async)
            await command.PrepareAsync();
        else
            command.Prepare();
        foreach (var (n, name) in new[] { (1, "a"), (2, "b"), (3, "c"), (1, "a") })
        {
            command.Parameters["@n"].Value = n;
            Assert.That(async ? await command.ExecuteScalarAsync() : command.ExecuteScalar(), Is.EqualTo(name));
        }

        connection.Execute("UPDATE thing SET name = 'z' WHERE n = 1");
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo("z"));
    }

    [Test]
    public async Task A_prepared_write_reaches_both_nodes([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        await using var command = Command(connection, "INSERT INTO thing (name, n, data) VALUES (@name, @n, @data)", ("@name", ""), ("@n", 0), ("@data", Array.Empty<byte>()));
        if (async)
            await command.PrepareAsync();
        else
            command.Prepare();
        for (var i = 0; i < 5; i++)
        {
            command.Parameters["@name"].Value = $"name {i}";
            command.Parameters["@n"].Value = i;
            command.Parameters["@data"].Value = new byte[i];
            Assert.That(async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery(), Is.EqualTo(1));
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT SUM(n) FROM thing"), Is.EqualTo(10));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_prepared_read_survives_a_write_in_between()
    {
        await using var connection = Source.OpenConnection();
        await using var read = Command(connection, "SELECT COUNT(*) FROM thing WHERE n >= @n", ("@n", 0));
        await using var write = Command(connection, "INSERT INTO thing (n) VALUES (@n)", ("@n", 1));
        await read.PrepareAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.That(Convert.ToInt64(await read.ExecuteScalarAsync(), CultureInfo.InvariantCulture), Is.EqualTo(i));
            await write.ExecuteNonQueryAsync();
        }

        await AssertIdenticalAsync();
    }

    [Test]
    public Task The_insert_id_is_what_the_bare_driver_says() =>
        AssertParityAsync(async (connection, table) =>
        {
            var ids = new List<long>();
            foreach (var text in new[] { "INSERT INTO {0} (name) VALUES ('a')", "INSERT INTO {0} (name) VALUES ('b'), ('c')", "INSERT INTO {0} (id, name) VALUES (70, 'd')", "UPDATE {0} SET n = 1" })
            {
                await using var command = Command(connection, string.Format(CultureInfo.InvariantCulture, text, table));
                await command.ExecuteNonQueryAsync();
                ids.Add(command is MirroredDbCommand mirrored ? mirrored.LastInsertedId : Convert.ToInt64(((dynamic)command).LastInsertedId));
            }

            return string.Join(",", ids);
        });

    [Test]
    public void A_command_refuses_what_belongs_to_another_provider()
    {
        using var bare = OpenPrimary();
        using var transaction = bare.BeginTransaction();
        using var connection = Source.OpenConnection();
        using var command = connection.CreateCommand();
        Assert.Throws<ArgumentException>(() => command.Connection = bare);
        Assert.Throws<ArgumentException>(() => command.Transaction = transaction);
        Assert.That(command.Connection, Is.SameAs(connection));
    }

    [Test]
    public async Task A_disposed_command_does_not_run([Values] bool async)
    {
        await using var connection = Source.OpenConnection();
        var command = Command(connection, "INSERT INTO thing (name) VALUES ('never')");
        for (var i = 0; i < 2; i++)
        {
            if (async)
                await command.DisposeAsync();
            else
                command.Dispose();
        }

        Assert.Throws<ObjectDisposedException>(() => command.ExecuteNonQuery());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => command.ExecuteReaderAsync());
    }

    [Test]
    public void A_command_without_a_connection_says_so()
    {
        using var command = new MirroredDbCommand { CommandText = "SELECT 1" };
        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
        Assert.Throws<InvalidOperationException>(command.Prepare);
        Assert.DoesNotThrow(command.Cancel);
    }

    [Test]
    public async Task A_command_can_move_to_another_connection()
    {
        await using var one = Source.OpenConnection();
        await using var two = Source.OpenConnection();
        await using var command = new MirroredDbCommand("INSERT INTO thing (n) VALUES (@n)", one);
        Add(command, "@n", 1);
        await command.ExecuteNonQueryAsync();
        command.Connection = two;
        await command.ExecuteNonQueryAsync();
        command.CommandText = "SELECT COUNT(*) FROM thing WHERE n = @n";
        Assert.That(Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture), Is.EqualTo(2));
        await AssertIdenticalAsync();
    }

    [Test]
    public void Its_settings_are_kept()
    {
        using var connection = Source.CreateConnection();
        using var command = connection.CreateCommand();
        Assert.That(command.CommandTimeout, Is.EqualTo(30));
        command.CommandTimeout = 7;
        command.CommandType = CommandType.StoredProcedure;
        command.UpdatedRowSource = UpdateRowSource.FirstReturnedRecord;
        command.DesignTimeVisible = true;
        command.CommandText = "p";
        Assert.That(
            (command.CommandTimeout, command.CommandType, command.UpdatedRowSource, command.DesignTimeVisible, command.CommandText),
            Is.EqualTo((7, CommandType.StoredProcedure, UpdateRowSource.FirstReturnedRecord, true, "p")));
        command.CommandText = null;
        Assert.That(command.CommandText, Is.Empty);
        Assert.Throws<ArgumentOutOfRangeException>(() => command.CommandTimeout = -1);
        Assert.That(((MirroredDbCommand)command).Unwrap<DbCommand>().Parameters, Is.SameAs(command.Parameters));
    }

    [Test]
    public async Task A_value_of_some_megabytes_reaches_both_nodes()
    {
        await using var connection = Source.OpenConnection();
        var data = new byte[3_000_000];
        new Random(1).NextBytes(data);
        await using var command = Command(connection, "INSERT INTO thing (data, note) VALUES (@data, @note)", ("@data", data), ("@note", new string('界', 500_000)));
        await command.ExecuteNonQueryAsync();
        Assert.That(connection.ExecuteScalar<byte[]>("SELECT data FROM thing").AsSpan().SequenceEqual(data), Is.True);
        var (primary, standby) = await OnBothAsync<string>("SELECT CONCAT(SHA2(data, 256), SHA2(note, 256)) FROM thing");
        Assert.That(standby, Is.EqualTo(primary));
        Assert.That(Source.Status.Suspects, Is.Empty);
    }

    private static readonly Func<DbCommand, Task<object?>>[] Ways =
    [
        command => Task.FromResult<object?>(command.ExecuteNonQuery()),
        async command => await command.ExecuteNonQueryAsync(),
        command => Task.FromResult(command.ExecuteScalar()),
        command => command.ExecuteScalarAsync(),
        command =>
        {
            using var reader = command.ExecuteReader();
            return Task.FromResult<object?>(Drain(reader));
        },
        async command =>
        {
            await using var reader = await command.ExecuteReaderAsync();
            return Drain(reader);
        },
    ];

    private static string Drain(DbDataReader reader)
    {
        var seen = new List<string>();
        do
        {
            seen.Add($"{reader.FieldCount} columns");
            while (reader.Read())
                seen.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
        }
        while (reader.NextResult());

        reader.Close();
        seen.Add($"affected {reader.RecordsAffected}");
        return string.Join(' ', seen);
    }
}
