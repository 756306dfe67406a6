using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>Code that knows a provider name and a connection string gets everything from there.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class FactoryTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    private string ConnectionString => new MirroredDbConnectionStringBuilder { Primary = PrimaryString, Standby = StandbyString }.ConnectionString;

    [Test]
    public async Task A_registered_provider_mirrors([Values] bool byType)
    {
        const string Name = "MirroredMySql";
        if (byType)
            DbProviderFactories.RegisterFactory(Name, typeof(MirroredDbProviderFactory));
        else
            DbProviderFactories.RegisterFactory(Name, MirroredDbProviderFactory.Instance);
        try
        {
            var factory = DbProviderFactories.GetFactory(Name);
            Assert.That(factory, Is.SameAs(MirroredDbProviderFactory.Instance));
            await using var connection = factory.CreateConnection()!;
            connection.ConnectionString = ConnectionString;
            await connection.OpenAsync();
            await using var command = factory.CreateCommand()!;
            command.Connection = connection;
            command.CommandText = "INSERT INTO thing (name) VALUES (@name)";
            var parameter = factory.CreateParameter()!;
            parameter.ParameterName = "@name";
            parameter.Value = "a";
            command.Parameters.Add(parameter);
            Assert.That(await command.ExecuteNonQueryAsync(), Is.EqualTo(1));
            Assert.That(DbProviderFactories.GetFactory(connection), Is.SameAs(factory));
            await AssertIdenticalAsync();
        }
        finally
        {
            DbProviderFactories.UnregisterFactory(Name);
        }
    }

    [Test]
    public void It_creates_what_it_says_it_creates()
    {
        var factory = new MirroredDbProviderFactory(Driver.Factory);
        using var connection = factory.CreateConnection();
        using var command = factory.CreateCommand();
        using var batch = factory.CreateBatch();
        using var adapter = factory.CreateDataAdapter();
        Assert.That(connection, Is.InstanceOf<MirroredDbConnection>());
        Assert.That(command, Is.InstanceOf<MirroredDbCommand>());
        Assert.That(batch, Is.InstanceOf<MirroredDbBatch>());
        Assert.That(factory.CreateBatchCommand(), Is.InstanceOf<MirroredDbBatchCommand>());
        Assert.That(factory.CreateConnectionStringBuilder(), Is.InstanceOf<MirroredDbConnectionStringBuilder>());
        Assert.That(factory.CreateParameter().GetType().Namespace, Does.StartWith("MySql"));
        Assert.That(
            (factory.CanCreateBatch, factory.CanCreateDataAdapter, factory.CanCreateCommandBuilder, factory.CanCreateDataSourceEnumerator),
            Is.EqualTo((true, adapter is not null, factory.CreateCommandBuilder() is not null, factory.CreateDataSourceEnumerator() is not null)));
    }

    [Test]
    public void A_factory_over_a_mirrored_factory_is_over_its_driver() =>
        Assert.That(new MirroredDbProviderFactory(new MirroredDbProviderFactory(Driver.Factory)).Driver, Is.SameAs(Driver.Factory));

    [Test]
    public void The_installed_driver_is_found() => Assert.That(MirroredDbProviderFactory.Instance.Driver, Is.SameAs(Driver.Factory));

    [Test]
    public async Task A_data_source_of_the_factory_is_the_callers()
    {
        await using (var source = MirroredDbProviderFactory.Instance.CreateDataSource(ConnectionString))
        {
            await using var connection = await source.OpenConnectionAsync();
            await connection.ExecuteAsync("INSERT INTO thing (name) VALUES ('a')");
        }

        await using var own = new MirroredDbConnection(ConnectionString);
        Assert.That(await own.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo(1));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Connections_with_the_same_string_share_what_is_known_of_the_nodes()
    {
        await using var one = new MirroredDbConnection(ConnectionString);
        await using var two = new MirroredDbConnection(ConnectionString);
        Assert.That(one.Source, Is.SameAs(two.Source));
        one.ConnectionString = null;
        Assert.That(one.ConnectionString, Is.Empty);
    }

    [Test]
    public void An_adapter_fills_a_table()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO thing (name, n) VALUES ('a', 1), ('b', 2)");
        connection.Close();
        using var adapter = Source.Factory.CreateDataAdapter()!;
        using var select = Command(connection, "SELECT id, name, n FROM thing ORDER BY id; SELECT 7 AS seven");
        adapter.SelectCommand = select;
        using var filled = new DataSet();
        filled.Locale = System.Globalization.CultureInfo.InvariantCulture;

        Assert.That(adapter.Fill(filled), Is.EqualTo(2));
        Assert.That(filled.Tables, Has.Count.EqualTo(2));
        Assert.That(filled.Tables[0].Rows.Cast<DataRow>().Select(r => $"{r["id"]}{r["name"]}{r["n"]}"), Is.EqualTo(new[] { "1a1", "2b2" }));
        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed), "the adapter opened it, and closes it");

        using var schema = new DataTable();
        adapter.FillSchema(schema, SchemaType.Source);
        Assert.That(schema.Columns.Cast<DataColumn>().Select(c => c.ColumnName), Is.EqualTo(new[] { "id", "name", "n" }));
    }

    [Test]
    public async Task An_adapter_writes_to_both_nodes()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO thing (name, n) VALUES ('a', 1), ('b', 2)");
        using var adapter = Source.Factory.CreateDataAdapter()!;
        await using var select = Command(connection, "SELECT id, name, n FROM thing ORDER BY id");
        await using var insert = Command(connection, "INSERT INTO thing (name, n) VALUES (@name, @n)");
        await using var update = Command(connection, "UPDATE thing SET name = @name, n = @n WHERE id = @id");
        await using var delete = Command(connection, "DELETE FROM thing WHERE id = @id");
        (adapter.SelectCommand, adapter.InsertCommand, adapter.UpdateCommand, adapter.DeleteCommand) = (select, insert, update, delete);
        foreach (var command in new[] { insert, update, delete })
        {
            foreach (var column in new[] { "name", "n", "id" })
            {
                if (command.CommandText.Contains($"@{column}", StringComparison.Ordinal))
                    Add(command, $"@{column}", null).SourceColumn = column;
            }
        }

        using var table = new DataTable();
        adapter.Fill(table);
        table.Rows[0]["n"] = 10;
        table.Rows[1].Delete();
        table.Rows.Add(null, "c", 3);
        Assert.That(adapter.Update(table), Is.EqualTo(3));

        Assert.That(connection.Query<string>("SELECT CONCAT(name, n) FROM thing ORDER BY id"), Is.EqualTo(new[] { "a10", "c3" }));
        await AssertIdenticalAsync();
    }
}
