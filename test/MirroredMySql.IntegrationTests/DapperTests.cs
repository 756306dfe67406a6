using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>Dapper works unchanged.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class DapperTests(ServerFlavor flavor) : DapperTest(flavor)
{
    [Test]
    public async Task Execute_returns_the_affected_rows([Values] bool async)
    {
        Assert.That(await ExecuteAsync("INSERT INTO customer (name, level) VALUES (@name, @level), (@other, @level)", new { name = "a", other = "b", level = 3 }, async), Is.EqualTo(2));
        Assert.That(await ExecuteAsync("UPDATE customer SET level = level + @by", new { by = 1 }, async), Is.EqualTo(2));
        Assert.That(await ExecuteAsync("DELETE FROM customer WHERE name = @name", new { name = "a" }, async), Is.EqualTo(1));
        Assert.That(await ExecuteAsync("DELETE FROM customer WHERE name = @name", new { name = "a" }, async), Is.Zero);
    }

    [Test]
    public async Task Execute_runs_once_per_element([Values] bool async)
    {
        var rows = Names.Select((name, level) => new { name, level });
        Assert.That(await ExecuteAsync("INSERT INTO customer (name, level) VALUES (@name, @level)", rows, async), Is.EqualTo(Names.Length));
        Assert.That(Connection.Query<string>("SELECT name FROM customer ORDER BY level"), Is.EqualTo(Names));
        var updates = Names.Select(name => new DynamicParameters(new { name, by = name.Length }));
        Assert.That(await ExecuteAsync("UPDATE customer SET level = level + @by WHERE name = @name", updates, async), Is.EqualTo(Names.Length));
    }

    [Test]
    public async Task Query_maps_rows_to_objects([Values] bool async)
    {
        Seed();
        const string Sql = "SELECT id AS Id, name AS Name, level AS Level FROM customer WHERE level >= @level ORDER BY id";
        var typed = async ? await Connection.QueryAsync<Customer>(Sql, new { level = 1 }) : Connection.Query<Customer>(Sql, new { level = 1 });
        Assert.That(typed.Select(c => c.Name), Is.EqualTo(Names[1..]));
        IEnumerable<dynamic> loose = async ? await Connection.QueryAsync(Sql, new { level = 4 }) : Connection.Query(Sql, new { level = 4 });
        Assert.That((string)loose.Single().Name, Is.EqualTo(Names[4]));
        Assert.That(Connection.Query<(int, string)>("SELECT id, name FROM customer ORDER BY id LIMIT 1").Single(), Is.EqualTo((1, Names[0])));
    }

    [Test]
    public async Task ExecuteScalar_gives_the_id_of_the_row_that_it_inserts([Values] bool async)
    {
        const string Sql = "INSERT INTO customer (name) VALUES (@name); SELECT LAST_INSERT_ID()";
        for (var i = 1; i <= 3; i++)
        {
            var parameters = new { name = Names[i] };
            var id = async ? await Connection.ExecuteScalarAsync<long>(Sql, parameters) : Connection.ExecuteScalar<long>(Sql, parameters);
            Assert.That(Connection.QuerySingle<string>("SELECT name FROM customer WHERE id = @id", new { id }), Is.EqualTo(Names[i]));
        }

        Assert.That(Connection.QuerySingle<int>("INSERT INTO customer (name) VALUES ('z'); SELECT id FROM customer WHERE name = 'z'"), Is.EqualTo(4));
        Assert.That(Connection.ExecuteScalar("SELECT NULL"), Is.Null.Or.EqualTo(DBNull.Value));
        Assert.That(Connection.ExecuteScalar<int?>("SELECT id FROM customer WHERE FALSE"), Is.Null);
    }

    [Test]
    public async Task QueryMultiple_reads_every_result_set([Values] bool async)
    {
        Seed();
        const string Sql = "SELECT COUNT(*) FROM customer; SELECT name FROM customer WHERE level = @level; SELECT id AS Id, name AS Name, level AS Level FROM customer ORDER BY id";
        await using var grid = async ? await Connection.QueryMultipleAsync(Sql, new { level = 2 }) : Connection.QueryMultiple(Sql, new { level = 2 });
        Assert.That(async ? await grid.ReadSingleAsync<int>() : grid.ReadSingle<int>(), Is.EqualTo(Names.Length));
        Assert.That(async ? await grid.ReadSingleOrDefaultAsync<string>() : grid.ReadSingleOrDefault<string>(), Is.EqualTo(Names[2]));
        Assert.That(async ? await grid.ReadAsync<Customer>() : grid.Read<Customer>(), Has.Exactly(Names.Length).Items);
        Assert.That(grid.IsConsumed, Is.True);
    }

    [Test]
    public async Task QueryMultiple_passes_over_the_writes_between([Values] bool async)
    {
        const string Sql =
            """
            INSERT INTO customer (name) VALUES (@name);
            SELECT LAST_INSERT_ID();
            INSERT INTO purchase (customer_id, total) VALUES (LAST_INSERT_ID(), @total), (LAST_INSERT_ID(), @total + 1);
            SELECT customer_id FROM purchase ORDER BY id;
            UPDATE customer SET level = 9 WHERE name = @name;
            SELECT level FROM customer WHERE name = @name;
            """;
        var parameters = new { name = "a", total = 1.25m };
        await using (var grid = async ? await Connection.QueryMultipleAsync(Sql, parameters) : Connection.QueryMultiple(Sql, parameters))
        {
            Assert.That(grid.ReadSingle<long>(), Is.EqualTo(1));
            Assert.That(grid.Read<int>(), Is.EqualTo(new[] { 1, 1 }));
            Assert.That(grid.ReadSingle<int>(), Is.EqualTo(9));
        }

        Assert.That(Connection.ExecuteScalar<decimal>("SELECT SUM(total) FROM purchase"), Is.EqualTo(3.5m));
    }

    [Test]
    public async Task QueryMultiple_that_is_given_up_still_writes([Values] bool async)
    {
        const string Sql = "INSERT INTO customer (name) VALUES ('a'); SELECT 1; INSERT INTO customer (name) VALUES ('b'); SELECT 2; INSERT INTO customer (name) VALUES ('c')";
        var grid = async ? await Connection.QueryMultipleAsync(Sql) : Connection.QueryMultiple(Sql);
        Assert.That(grid.ReadSingle<int>(), Is.EqualTo(1));
        if (async)
            await grid.DisposeAsync();
        else
            grid.Dispose();
        Assert.That(Connection.Query<string>("SELECT name FROM customer ORDER BY id"), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public async Task ExecuteReader_loads_a_table([Values] bool async)
    {
        Seed();
        using var table = new DataTable();
        await using (var reader = async
            ? await Connection.ExecuteReaderAsync("SELECT name, level FROM customer ORDER BY id")
            : (DbDataReader)Connection.ExecuteReader("SELECT name, level FROM customer ORDER BY id"))
        {
            table.Load(reader);
        }

        Assert.That(table.Rows.Cast<DataRow>().Select(row => (string)row["name"]), Is.EqualTo(Names));
        await ExecuteAsync("UPDATE customer SET level = 7", null, async);
    }

    [Test]
    public async Task ExecuteReader_parses_rows_one_by_one()
    {
        Seed();
        await using (var reader = await Connection.ExecuteReaderAsync("SELECT id AS Id, name AS Name, level AS Level FROM customer ORDER BY id"))
        {
            var parse = reader.GetRowParser<Customer>();
            var names = new List<string>();
            while (await reader.ReadAsync())
                names.Add(parse(reader).Name);
            Assert.That(names, Is.EqualTo(Names));
        }

        Connection.Execute("DELETE FROM customer");
    }

    [Test]
    public void An_unbuffered_query_can_be_left_early()
    {
        Seed();
        foreach (var name in Connection.Query<string>("SELECT name FROM customer ORDER BY id", buffered: false))
        {
            Assert.That(name, Is.EqualTo(Names[0]));
            Assert.Throws<InvalidOperationException>(() => Connection.Execute("DELETE FROM customer"), "its reader is open");
            break;
        }

        Assert.That(Connection.Query<string>("SELECT name FROM customer ORDER BY id", buffered: false).ToList(), Is.EqualTo(Names));
        Assert.That(Connection.Execute("UPDATE customer SET level = 1"), Is.GreaterThan(0));
    }

    [Test]
    public async Task An_unbuffered_asynchronous_query_can_be_left_early()
    {
        Seed();
        var seen = new List<string>();
        await foreach (var name in Connection.QueryUnbufferedAsync<string>("SELECT name FROM customer ORDER BY id"))
        {
            seen.Add(name);
            if (seen.Count == 2)
                break;
        }

        Assert.That(seen, Is.EqualTo(Names[..2]));
        await Connection.ExecuteAsync("UPDATE customer SET level = 1");
    }

    [Test]
    public async Task First_leaves_theConnection_ready([Values] bool async)
    {
        Seed();
        const string Sql = "SELECT name FROM customer ORDER BY id";
        Assert.That(async ? await Connection.QueryFirstAsync<string>(Sql) : Connection.QueryFirst<string>(Sql), Is.EqualTo(Names[0]));
        Assert.That(Connection.QueryFirstOrDefault<string>("SELECT name FROM customer WHERE FALSE"), Is.Null);
        Assert.Throws<InvalidOperationException>(() => Connection.QueryFirst<string>("SELECT name FROM customer WHERE FALSE"));
        Assert.Throws<InvalidOperationException>(() => Connection.QuerySingle<string>(Sql));
        Assert.That(Connection.QueryFirst<string>("INSERT INTO customer (name) VALUES ('y'); SELECT name FROM customer ORDER BY id; UPDATE customer SET level = 5"), Is.EqualTo(Names[0]));
        Assert.That(Connection.ExecuteScalar<int>("SELECT MIN(level) FROM customer"), Is.EqualTo(5), "what stands behind the row runs as well");
    }

    [Test]
    public async Task A_transaction_commits_and_rolls_back([Values] bool async, [Values] bool commit)
    {
        await using (var transaction = async ? await Connection.BeginTransactionAsync() : Connection.BeginTransaction())
        {
            await ExecuteAsync("INSERT INTO customer (name) VALUES (@name)", Names.Select(name => new { name }), async, transaction);
            Assert.That(Connection.ExecuteScalar<int>("SELECT COUNT(*) FROM customer", transaction: transaction), Is.EqualTo(Names.Length));
            var id = Connection.QuerySingle<int>("SELECT id FROM customer WHERE name = @name FOR UPDATE", new { name = Names[2] }, transaction);
            await ExecuteAsync("INSERT INTO purchase (customer_id, total) VALUES (@id, 3.14)", new { id }, async, transaction);
            if (commit)
                transaction.Commit();
        }

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM purchase"), Is.EqualTo(commit ? (1L, 1L) : (0L, 0L)));
    }

    [Test]
    public async Task Lists_are_expanded([Values] bool async)
    {
        Seed();
        int[] ids = [1, 3, 5];
        Assert.That(Connection.Query<string>("SELECT name FROM customer WHERE id IN @ids ORDER BY id", new { ids }), Is.EqualTo(new[] { Names[0], Names[2], Names[4] }));
        Assert.That(Connection.Query<string>("SELECT name FROM customer WHERE id IN @ids", new { ids = Array.Empty<int>() }), Is.Empty);
        Assert.That(await ExecuteAsync("UPDATE customer SET level = @level WHERE id IN @ids", new { ids, level = 99 }, async), Is.EqualTo(3));
        Assert.That(await ExecuteAsync("DELETE FROM customer WHERE name IN @names", new { names = Names[..2] }, async), Is.EqualTo(2));
        Assert.That(await ExecuteAsync("DELETE FROM customer WHERE id IN @ids", new { ids = Enumerable.Range(1000, 300) }, async), Is.Zero);
    }

    [Test]
    public async Task Literals_are_replaced([Values] bool async)
    {
        Seed();
        Assert.That(await ExecuteAsync("UPDATE customer SET level = {=level} WHERE level = {=old}", new { level = 70, old = 1 }, async), Is.EqualTo(1));
    }

    [Test]
    public async Task Values_of_many_types_arrive([Values] bool async)
    {
        Seed();
        var value = new
        {
            customer = 1L, total = 12345.6789m, made = new DateTime(2024, 2, 29, 1, 2, 3).AddTicks(4_567_890), note = "北京 😀 ' \" \\ \0 end", data = new byte[] { 0, 1, 255 },
        };
        await ExecuteAsync("INSERT INTO purchase (customer_id, total, made, note, data) VALUES (@customer, @total, @made, @note, @data)", value, async);
        await ExecuteAsync("INSERT INTO purchase (customer_id, total, note, data) VALUES (1, 1, @note, @data)", new { note = (string?)null, data = (byte[]?)null }, async);
        await ExecuteAsync(
            "INSERT INTO purchase (customer_id, total, note) VALUES (1, @level, @note)",
            new { level = DayOfWeek.Friday, note = new DbString { Value = "ansi", IsAnsi = true, IsFixedLength = true, Length = 4 } }, async);
        var row = Connection.QuerySingle<(decimal, DateTime, string, byte[])>("SELECT total, made, note, data FROM purchase WHERE id = 1");
        Assert.That((row.Item1, row.Item2, row.Item3), Is.EqualTo((value.total, value.made, value.note)));
        Assert.That(row.Item4, Is.EqualTo(value.data));
        Assert.That(Connection.QuerySingle<string>("SELECT CONCAT(total, note) FROM purchase WHERE id = 3"), Is.EqualTo("5.0000ansi"));
    }

    [Test]
    public async Task Rows_are_mapped_to_several_objects([Values] bool async)
    {
        Seed();
        Connection.Execute("INSERT INTO purchase (customer_id, total) SELECT id, id * 1.5 FROM customer ORDER BY id");
        const string Sql = "SELECT p.id AS Id, p.total AS Total, c.id AS Id, c.name AS Name, c.level AS Level FROM purchase p JOIN customer c ON c.id = p.customer_id ORDER BY p.id";
        var rows = async
            ? await Connection.QueryAsync<Purchase, Customer, (decimal, string)>(Sql, (p, c) => (p.Total, c.Name))
            : Connection.Query<Purchase, Customer, (decimal, string)>(Sql, (p, c) => (p.Total, c.Name));
        Assert.That(rows, Is.EqualTo(Names.Select((name, i) => ((i + 1) * 1.5m, name))));
    }

    [Test]
    public async Task A_definition_brings_its_flags_timeout_and_token([Values(CommandFlags.None, CommandFlags.NoCache, CommandFlags.Buffered)] CommandFlags flags)
    {
        using var cancellation = new CancellationTokenSource();
        var insert = new CommandDefinition(
            "INSERT INTO customer (name) VALUES (@name)", Names.Select(name => new { name }), commandTimeout: 20, flags: flags, cancellationToken: cancellation.Token);
        Assert.That(await Connection.ExecuteAsync(insert), Is.EqualTo(Names.Length));
        var select = new CommandDefinition("SELECT name FROM customer ORDER BY id", flags: flags, cancellationToken: cancellation.Token);
        Assert.That((await Connection.QueryAsync<string>(select)).ToList(), Is.EqualTo(Names));

        await cancellation.CancelAsync();
        await Assert.CatchAsync<OperationCanceledException>(() => Connection.ExecuteAsync(
            new CommandDefinition("DELETE FROM customer", flags: flags, cancellationToken: cancellation.Token)));
        await Assert.CatchAsync<OperationCanceledException>(() => Connection.QueryAsync<int>(
            new CommandDefinition("SELECT 1", flags: flags, cancellationToken: cancellation.Token)));
        Assert.That(Connection.ExecuteScalar<int>("SELECT COUNT(*) FROM customer"), Is.EqualTo(Names.Length));
    }

    [Test]
    public async Task A_closedConnection_is_opened_and_closed_by_the_query([Values] bool async)
    {
        await using var closed = Source.CreateConnection();
        _ = async ? await closed.ExecuteAsync("INSERT INTO customer (name) VALUES ('a')") : closed.Execute("INSERT INTO customer (name) VALUES ('a')");
        Assert.That(closed.State, Is.EqualTo(ConnectionState.Closed));
        Assert.That(async ? await closed.QuerySingleAsync<string>("SELECT name FROM customer") : closed.QuerySingle<string>("SELECT name FROM customer"), Is.EqualTo("a"));
        Assert.Catch<DbException>(() => closed.Execute("INSERT INTO customer (name) VALUES ('a')"));
        Assert.That(closed.State, Is.EqualTo(ConnectionState.Closed));
        var reader = await closed.ExecuteReaderAsync("SELECT 1");
        Assert.That(closed.State, Is.EqualTo(ConnectionState.Open));
        await reader.DisposeAsync();
        Assert.That(closed.State, Is.EqualTo(ConnectionState.Closed));
    }

    [Test]
    public async Task An_error_is_the_drivers_own([Values] bool async)
    {
        Seed();
        var exception = async
            ? await Assert.CatchAsync<DbException>(() => Connection.ExecuteAsync("INSERT INTO purchase (customer_id, total) VALUES (999, 1)"))
            : Assert.Catch<DbException>(() => Connection.Execute("INSERT INTO purchase (customer_id, total) VALUES (999, 1)"));
        Assert.That(exception!.Data["Server Error Code"], Is.EqualTo(1452));
        Assert.That(exception.GetType().Namespace, Does.StartWith("MySql"));
        await ExecuteAsync("INSERT INTO purchase (customer_id, total) VALUES (1, 1)", null, async);
    }

    [Test]
    public async Task Many_callers_share_the_data_source()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                await using var connection = await Source.OpenConnectionAsync();
                var id = await connection.ExecuteScalarAsync<int>(
                    "INSERT INTO customer (name, level) VALUES (@name, @worker); SELECT LAST_INSERT_ID()", new { name = string.Create(CultureInfo.InvariantCulture, $"{worker}/{i}"), worker });
                await connection.ExecuteAsync("INSERT INTO purchase (customer_id, total) VALUES (@id, @i)", new { id, i });
            }
        })));
        Assert.That(Connection.ExecuteScalar<int>("SELECT COUNT(*) FROM customer c JOIN purchase p ON p.customer_id = c.id"), Is.EqualTo(80));
    }
}
