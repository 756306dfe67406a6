using System.Data;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A command that names a procedure, a function or a table does what it does with the driver alone.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class CommandTypeTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [Test]
    public Task A_stored_procedure_gives_its_outputs_as_the_bare_driver_does() =>
        AssertParityAsync(async (connection, table) =>
        {
            await connection.ExecuteAsync(
                $"""
                CREATE PROCEDURE add_to_{table}(IN p_name VARCHAR(60), INOUT p_n INT, OUT p_count BIGINT)
                BEGIN
                    INSERT INTO {table} (name, n) VALUES (p_name, p_n);
                    SET p_n = p_n * 2;
                    SELECT COUNT(*) INTO p_count FROM {table};
                END
                """);
            var seen = new List<string>();
            for (var i = 0; i < 2; i++)
            {
                await using var command = Command(connection, $"add_to_{table}", ("@p_name", $"a{i}"), ("@p_n", 21 + i));
                command.CommandType = CommandType.StoredProcedure;
                command.Parameters["@p_n"].Direction = ParameterDirection.InputOutput;
                var count = Add(command, "@p_count", null);
                count.DbType = DbType.Int64;
                count.Direction = ParameterDirection.Output;
                var affected = i == 0 ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery();
                seen.Add(FormattableString.Invariant($"{affected} {command.Parameters["@p_n"].Value} {count.Value}"));
            }

            return string.Join(" | ", seen);
        });

    [Test]
    public Task A_stored_procedure_gives_its_result_sets_as_the_bare_driver_does() =>
        AssertParityAsync(async (connection, table) =>
        {
            await connection.ExecuteAsync(
                $"""
                CREATE PROCEDURE list_{table}(IN p_n INT, OUT p_count INT)
                BEGIN
                    SELECT p_n AS first;
                    INSERT INTO {table} (n) VALUES (p_n), (p_n + 1);
                    SELECT n FROM {table} ORDER BY id;
                    SET p_count = 7;
                END
                """);
            await using var command = Command(connection, $"list_{table}", ("@p_n", 5));
            command.CommandType = CommandType.StoredProcedure;
            var count = Add(command, "@p_count", null);
            count.DbType = DbType.Int32;
            count.Direction = ParameterDirection.Output;
            var seen = new List<string>();
            await using (var reader = await command.ExecuteReaderAsync())
            {
                do
                {
                    while (await reader.ReadAsync())
                        seen.Add($"{reader.GetName(0)}={reader.GetInt32(0)}");
                    seen.Add(";");
                }
                while (await reader.NextResultAsync());
            }

            seen.Add(FormattableString.Invariant($"out {count.Value}"));
            return string.Join(' ', seen);
        });

    [Test]
    public Task A_stored_function_gives_its_return_value_as_the_bare_driver_does() =>
        AssertParityAsync(async (connection, table) =>
        {
            await connection.ExecuteAsync($"CREATE FUNCTION twice_{table}(p_n INT) RETURNS INT DETERMINISTIC RETURN p_n * 2");
            await using var command = Command(connection, $"twice_{table}", ("@p_n", 21));
            command.CommandType = CommandType.StoredProcedure;
            var result = Add(command, "@result", null);
            result.DbType = DbType.Int32;
            result.Direction = ParameterDirection.ReturnValue;
            await command.ExecuteNonQueryAsync();
            return FormattableString.Invariant($"{result.Value}");
        });

    [Test]
    public Task A_table_by_name_is_what_the_driver_makes_of_it() =>
        AssertParityAsync(async (connection, table) =>
        {
            await connection.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('a'), ('b')");
            try
            {
                await using var command = Command(connection, table);
                command.CommandType = CommandType.TableDirect;
                await using var reader = await command.ExecuteReaderAsync();
                var rows = 0;
                while (await reader.ReadAsync())
                    rows++;
                return $"{rows} rows";
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                return "not supported";
            }
        });
}
