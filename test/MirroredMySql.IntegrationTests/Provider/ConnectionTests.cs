using System.Data;
using System.Data.Common;
using System.Transactions;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A mirrored connection lives and dies as a driver's own does.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ConnectionTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    private static readonly string[] OpenedAndClosed = ["Closed>Connecting", "Connecting>Open", "Open>Closed"];
    private static readonly string[] NeverOpened = ["Closed>Connecting", "Connecting>Closed"];

    [Test]
    public async Task Each_change_of_state_is_announced_once([Values] bool async)
    {
        await using var connection = Source.CreateConnection();
        var changes = Record(connection);
        if (async)
            await connection.OpenAsync();
        else
            connection.Open();
        connection.Execute("INSERT INTO thing (name) VALUES ('a')");
        if (async)
            await connection.CloseAsync();
        else
            connection.Close();
        connection.Close();

        Assert.That(changes, Is.EqualTo(OpenedAndClosed));
    }

    [Test]
    public async Task Disposing_twice_is_harmless_and_the_state_can_still_be_asked([Values] bool async)
    {
        var connection = await Source.OpenConnectionAsync();
        var changes = Record(connection);
        var isDisposed = 0;
        connection.Disposed += (_, _) => isDisposed++;
        for (var i = 0; i < 2; i++)
        {
            if (async)
                await connection.DisposeAsync();
            else
                connection.Dispose();
        }

        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));
        Assert.That(connection.ConnectionString, Is.EqualTo(Source.ConnectionString));
        Assert.That(connection.Database, Is.Not.Empty);
        Assert.That(changes, Is.EqualTo(OpenedAndClosed[2..]));
        Assert.That(isDisposed, Is.GreaterThanOrEqualTo(1), "the base class has to hear of it");
    }

    [Test]
    public async Task A_closed_connection_can_be_opened_again_and_an_open_one_cannot([Values] bool async)
    {
        await using var connection = Source.CreateConnection();
        for (var i = 0; i < 3; i++)
        {
            await connection.OpenAsync();
            Assert.That(connection.Execute("INSERT INTO thing (n) VALUES (1)"), Is.EqualTo(1));
            if (async)
                await Assert.ThrowsAsync<InvalidOperationException>(() => connection.OpenAsync());
            else
                Assert.Throws<InvalidOperationException>(connection.Open);
            Assert.That(connection.State, Is.EqualTo(ConnectionState.Open));
            await connection.CloseAsync();
        }

        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_cancelled_open_leaves_the_connection_closed()
    {
        await using var connection = Source.CreateConnection();
        var changes = Record(connection);
        await Assert.CatchAsync<OperationCanceledException>(() => connection.OpenAsync(new CancellationToken(canceled: true)));
        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));
        Assert.That(changes, Is.Empty.Or.EqualTo(NeverOpened));
        await connection.OpenAsync();
    }

    [Test]
    public void A_failed_open_returns_to_closed()
    {
        var wrong = new DbConnectionStringBuilder { ConnectionString = PrimaryString, ["Password"] = "not the one" };
        using var source = new MirroredDbDataSource(Driver.Factory, wrong.ConnectionString, StandbyString);
        using var connection = source.CreateConnection();
        var changes = Record(connection);
        Assert.Throws<MirroredDbException>(connection.Open);
        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));
        Assert.That(changes, Is.EqualTo(NeverOpened));
    }

    [Test]
    public async Task Nothing_can_be_asked_of_the_servers_while_the_connection_is_closed()
    {
        using var connection = Source.CreateConnection();
        using var command = Command(connection, "SELECT 1");
        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
        await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync());
        Assert.Throws<InvalidOperationException>(() => connection.BeginTransaction());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync());
        Assert.Throws<InvalidOperationException>(() => connection.ChangeDatabase("other"));
        Assert.Throws<InvalidOperationException>(() => connection.GetSchema());
        Assert.Throws<InvalidOperationException>(() => _ = connection.ServerVersion);
        Assert.Throws<InvalidOperationException>(() => connection.Unwrap<DbConnection>());
    }

    [Test]
    public void It_describes_itself_as_the_drivers_connection_does()
    {
        using var bare = OpenPrimary();
        using var mirrored = Source.CreateConnection();
        Assert.That((mirrored.DataSource, mirrored.Database), Is.EqualTo((bare.DataSource, bare.Database)));
        mirrored.Open();
        Assert.That((mirrored.DataSource, mirrored.Database, mirrored.ServerVersion), Is.EqualTo((bare.DataSource, bare.Database, bare.ServerVersion)));
        Assert.That(mirrored.ConnectionTimeout, Is.EqualTo(NodeTimeout.TotalSeconds).And.LessThan(bare.ConnectionTimeout), "no node is waited for any longer");
        Assert.That(mirrored.CanCreateBatch, Is.True);
    }

    [Test]
    public void The_connection_string_shows_no_password_and_cannot_change_while_open()
    {
        var password = (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["Password"];
        using var connection = Source.OpenConnection();
        Assert.That(connection.ConnectionString, Does.Not.Contain(password));
        Assert.Throws<InvalidOperationException>(() => connection.ConnectionString = "");
        var first = connection.ConnectionString;
        Assert.That(connection.ConnectionString, Is.SameAs(first), "Dapper hashes it with every query");
    }

    [Test]
    public async Task The_current_database_changes_on_both_nodes([Values] bool async, [Values] bool byText)
    {
        var (other, _) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(Flavor));
        var name = (string)new DbConnectionStringBuilder { ConnectionString = other }["Database"];
        var own = (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["Database"];
        await using (var connection = Source.OpenConnection())
        {
            if (byText)
                connection.Execute($"USE `{name}`");
            else if (async)
                await connection.ChangeDatabaseAsync(name);
            else
                connection.ChangeDatabase(name);

            Assert.That(connection.Database, Is.EqualTo(name));
            connection.Execute("CREATE TABLE elsewhere (id INT PRIMARY KEY); INSERT INTO elsewhere VALUES (1)");
            Assert.That(connection.ExecuteScalar<string>("SELECT DATABASE()"), Is.EqualTo(name));
            Assert.That(await OnBothAsync<long>($"SELECT COUNT(*) FROM `{name}`.elsewhere"), Is.EqualTo((1L, 1L)));
        }

        await using var next = Source.OpenConnection();
        Assert.That(next.Database, Is.EqualTo(own));
        Assert.That(next.ExecuteScalar<string>("SELECT DATABASE()"), Is.EqualTo(own), "the next user of the pooled connection starts at home");
        next.Execute("INSERT INTO thing (name) VALUES ('home')");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_database_that_is_not_there_is_the_drivers_error_and_changes_nothing()
    {
        await using var connection = Source.OpenConnection();
        var before = connection.Database;
        Assert.Catch<DbException>(() => connection.ChangeDatabase("not_there"));
        Assert.That(connection.Database, Is.EqualTo(before));
        connection.Execute("INSERT INTO thing (name) VALUES ('still here')");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task An_ambient_transaction_is_refused_and_says_what_to_do([Values] bool async)
    {
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        using var connection = Source.CreateConnection();
        var exception = async
            ? await Assert.ThrowsAsync<NotSupportedException>(() => connection.OpenAsync())
            : Assert.Throws<NotSupportedException>(connection.Open);
        Assert.That(exception!.Message, Does.Contain("BeginTransaction").And.Contain("Suppress"));
        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));

        using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
            connection.Open();
        Assert.Throws<NotSupportedException>(() => connection.EnlistTransaction(Transaction.Current));
        Assert.DoesNotThrow(() => connection.EnlistTransaction(null));
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.Zero);
    }

    [Test]
    public async Task The_physical_connections_enlist_in_nothing()
    {
        await using var connection = await Source.OpenConnectionAsync();
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            connection.Execute("INSERT INTO thing (name) VALUES ('stays')");
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((1L, 1L)), "the scope was never completed, and is not ours");
    }

    [Test]
    public void The_drivers_connection_can_be_reached()
    {
        using var connection = Source.OpenConnection();
        Assert.That(connection.Unwrap<DbConnection>().GetType().Namespace, Does.StartWith("MySql"));
        Assert.Throws<InvalidCastException>(() => connection.Unwrap<MirroredDbConnection>());
    }

    [TestCase(null)]
    [TestCase("Tables")]
    [TestCase("Columns")]
    [TestCase("DataTypes")]
    public async Task The_schema_is_the_drivers(string? collection)
    {
        await using var bare = OpenPrimary();
        await using var mirrored = Source.OpenConnection();
        var expected = Text(collection is null ? bare.GetSchema() : bare.GetSchema(collection));
        Assert.That(expected, Is.Not.Empty);
        Assert.That(Text(collection is null ? mirrored.GetSchema() : mirrored.GetSchema(collection)), Is.EqualTo(expected));
        Assert.That(Text(collection is null ? await mirrored.GetSchemaAsync() : await mirrored.GetSchemaAsync(collection)), Is.EqualTo(expected));
    }

    [Test]
    public async Task The_schema_can_be_restricted()
    {
        await using var mirrored = Source.OpenConnection();
        string?[] restrictions = [null, mirrored.Database, "thing"];
        Assert.That(mirrored.GetSchema("Tables", restrictions).Rows, Has.Count.EqualTo(1));
        Assert.That((await mirrored.GetSchemaAsync("Tables", restrictions)).Rows, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Closing_closes_the_reader_and_rolls_back([Values] bool async)
    {
        var connection = await Source.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        connection.Execute("INSERT INTO thing (name) VALUES ('never')", transaction: transaction);
        await using var command = Command(connection, "SELECT 1 UNION SELECT 2");
        command.Transaction = transaction;
        var reader = await command.ExecuteReaderAsync();
        Assert.That(await reader.ReadAsync(), Is.True);

        if (async)
            await connection.CloseAsync();
        else
            connection.Close();

        Assert.That(reader.IsClosed, Is.True);
        Assert.That(transaction.Connection, Is.Null);
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((0L, 0L)));
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static List<string> Record(DbConnection connection)
    {
        var changes = new List<string>();
        connection.StateChange += (_, e) => changes.Add($"{e.OriginalState}>{e.CurrentState}");
        return changes;
    }

    // What a server counts by the moment (rows, sizes, times) is no part of the comparison.
    // Sorted: a server may list its tables in another order each time.
    private static List<string> Text(DataTable table) =>
        [.. table.Rows.Cast<DataRow>().Select(row => string.Join('|', row.ItemArray.Where(v => v is string or bool))).Order(StringComparer.Ordinal)];
}
