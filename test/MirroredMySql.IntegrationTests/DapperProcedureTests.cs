using System.Data;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>Dapper calls stored procedures.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class DapperProcedureTests(ServerFlavor flavor) : DapperTest(flavor)
{
    [Test]
    public async Task A_stored_procedure_takes_and_gives_parameters([Values] bool async)
    {
        Connection.Execute(
            """
            CREATE PROCEDURE add_customer(IN p_name VARCHAR(60), INOUT p_level INT, OUT p_id INT)
            BEGIN
                INSERT INTO customer (name, level) VALUES (p_name, p_level);
                SET p_id = LAST_INSERT_ID();
                SET p_level = p_level * 2;
            END
            """);
        foreach (var name in Names)
        {
            var parameters = new DynamicParameters(new { p_name = name });
            parameters.Add("p_level", 21, direction: ParameterDirection.InputOutput);
            parameters.Add("p_id", dbType: DbType.Int32, direction: ParameterDirection.Output);
            _ = async
                ? await Connection.ExecuteAsync("add_customer", parameters, commandType: CommandType.StoredProcedure)
                : Connection.Execute("add_customer", parameters, commandType: CommandType.StoredProcedure);
            Assert.That(parameters.Get<int>("p_level"), Is.EqualTo(42));
            Assert.That(Connection.QuerySingle<string>("SELECT name FROM customer WHERE id = @id AND level = 21", new { id = parameters.Get<int>("p_id") }), Is.EqualTo(name));
        }
    }

    [Test]
    public async Task A_stored_procedure_gives_result_sets([Values] bool async, [Values] bool byText)
    {
        Seed();
        Connection.Execute(
            """
            CREATE PROCEDURE raise_level(IN p_id INT)
            BEGIN
                SELECT id AS Id, name AS Name, level AS Level FROM customer WHERE id = p_id;
                UPDATE customer SET level = level + 100 WHERE id = p_id;
                SELECT COUNT(*) FROM customer WHERE level >= 100;
            END
            """);
        var (sql, type) = byText ? ("CALL raise_level(@p_id)", CommandType.Text) : ("raise_level", CommandType.StoredProcedure);
        await using (var grid = async
            ? await Connection.QueryMultipleAsync(sql, new { p_id = 2 }, commandType: type)
            : Connection.QueryMultiple(sql, new { p_id = 2 }, commandType: type))
        {
            Assert.That(grid.ReadSingle<Customer>().Name, Is.EqualTo(Names[1]));
            Assert.That(grid.ReadSingle<long>(), Is.EqualTo(1));
        }

        Assert.That(Connection.QueryFirst<Customer>(sql, new { p_id = 3 }, commandType: type).Name, Is.EqualTo(Names[2]));
        Assert.That(Connection.ExecuteScalar<int>("SELECT COUNT(*) FROM customer WHERE level >= 100"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_stored_procedure_takes_part_in_a_transaction([Values] bool commit)
    {
        Connection.Execute("CREATE PROCEDURE add_two() INSERT INTO customer (name) VALUES ('one'), ('two')");
        await using (var transaction = await Connection.BeginTransactionAsync())
        {
            await Connection.ExecuteAsync("add_two", transaction: transaction, commandType: CommandType.StoredProcedure);
            if (commit)
                await transaction.CommitAsync();
        }

        Assert.That(Connection.ExecuteScalar<int>("SELECT COUNT(*) FROM customer"), Is.EqualTo(commit ? 2 : 0));
    }
}
