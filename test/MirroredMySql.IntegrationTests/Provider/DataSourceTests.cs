using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>The data source as the one object of an application, made in each of the ways that there are.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class DataSourceTests(ServerFlavor flavor) : ProviderTest(flavor)
{
    [Test]
    public async Task Two_data_sources_of_the_callers_are_used_and_not_disposed([Values] bool async)
    {
        await using var primary = new WatchedSource(PrimaryString);
        await using var standby = new WatchedSource(StandbyString);
        var source = new MirroredDbDataSource(primary, standby, new MirroredMySqlOptions { Driver = Driver.Factory }, Logs);
        await using (var connection = await source.OpenConnectionAsync())
            connection.Execute("INSERT INTO thing (name) VALUES ('a')");
        if (async)
            await source.DisposeAsync();
        else
            source.Dispose();

        Assert.That((primary.Opened > 0, standby.Opened > 0, primary.IsDisposed, standby.IsDisposed), Is.EqualTo((true, true, false, false)));
        await using (var still = await primary.OpenConnectionAsync())
            Assert.That(still.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo(1));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task The_driver_is_found_from_a_data_source_of_its_own()
    {
        await using var primary = Driver.Factory.CreateDataSource(PrimaryString);
        await using var standby = Driver.Factory.CreateDataSource(StandbyString);
        await using var source = new MirroredDbDataSource(primary, standby);
        Assert.That(source.Factory.Driver, Is.SameAs(Driver.Factory));
        await using var connection = source.OpenConnection();
        connection.Execute("INSERT INTO thing (name) VALUES (@name)", new { name = "a" });
        await AssertIdenticalAsync();
    }

    [Test]
    public void One_data_source_twice_makes_no_pair()
    {
        using var inner = Driver.Factory.CreateDataSource(PrimaryString);
        Assert.That(Assert.Throws<MirroredDbException>(() => Make(inner, inner))!.Message, Does.Contain("same database"));
        Assert.Throws<ArgumentNullException>(() => Make(inner, null!));

        static void Make(DbDataSource primary, DbDataSource standby)
        {
            using var source = new MirroredDbDataSource(primary, standby);
        }
    }

    [Test]
    public async Task Its_commands_open_and_close_their_own_connections([Values] bool async)
    {
        await using var insert = Source.CreateCommand("INSERT INTO thing (name, n) VALUES (@name, 1)");
        Add(insert, "@name", "a");
        Assert.That(async ? await insert.ExecuteNonQueryAsync() : insert.ExecuteNonQuery(), Is.EqualTo(1));
        await using var select = Source.CreateCommand("SELECT n FROM thing; SELECT 2");
        Assert.That(async ? await select.ExecuteScalarAsync() : select.ExecuteScalar(), Is.EqualTo(1));
        await using (var reader = async ? await select.ExecuteReaderAsync() : select.ExecuteReader())
        {
            Assert.That(reader.Read(), Is.True);
            Assert.That(reader.NextResult(), Is.True);
        }

        Assert.That(select.ExecuteScalar(), Is.EqualTo(1));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task It_gives_typed_connections_and_untyped_ones([Values] bool async)
    {
        DbDataSource untyped = Source;
        await using (var connection = async ? await untyped.OpenConnectionAsync() : untyped.OpenConnection())
            Assert.That(connection, Is.InstanceOf<MirroredDbConnection>().With.Property(nameof(DbConnection.State)).EqualTo(ConnectionState.Open));
        await using (var connection = untyped.CreateConnection())
            Assert.That(connection, Is.InstanceOf<MirroredDbConnection>().With.Property(nameof(DbConnection.State)).EqualTo(ConnectionState.Closed));
        await using (MirroredDbConnection connection = async ? await Source.OpenConnectionAsync() : Source.OpenConnection())
            Assert.That(connection.State, Is.EqualTo(ConnectionState.Open));
    }

    [Test]
    public async Task Once_disposed_it_opens_nothing_more([Values] bool async)
    {
        var source = new MirroredDbDataSource(Driver.Factory, PrimaryString, StandbyString);
        var closed = source.CreateConnection();
        await using (var connection = source.OpenConnection())
            connection.Execute("INSERT INTO thing (name) VALUES ('a')");
        for (var i = 0; i < 2; i++)
        {
            if (async)
                await source.DisposeAsync();
            else
                source.Dispose();
        }

        Assert.Throws<ObjectDisposedException>(() => source.OpenConnection());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await source.OpenConnectionAsync());
        Assert.Throws<ObjectDisposedException>(() => source.CreateConnection());
        Assert.Throws<ObjectDisposedException>(() => source.CreateCommand());
        Assert.Throws<ObjectDisposedException>(() => source.CreateBatch());
        Assert.Throws<ObjectDisposedException>(closed.Open);
        await closed.DisposeAsync();
    }

    [Test]
    public void A_data_source_that_was_never_used_can_be_disposed()
    {
        using var source = new MirroredDbDataSource(Driver.Factory, PrimaryString, StandbyString);
        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
    }

    [Test]
    public void Its_connection_string_and_its_status_describe_the_pair_without_passwords()
    {
        using var connection = Source.OpenConnection();
        var strings = new MirroredDbConnectionStringBuilder(Source.ConnectionString);
        foreach (var (shown, whole, status) in new[] { (strings.Primary!, PrimaryString, Source.Status.Primary), (strings.Standby!, StandbyString, Source.Status.Standby) })
        {
            var builder = new DbConnectionStringBuilder { ConnectionString = whole };
            Assert.That(shown, Does.Contain((string)builder["Database"]).And.Not.Contain((string)builder["Password"]));
            Assert.That(status.Endpoint, Is.EqualTo($"127.0.0.1:{builder["Port"]}/{builder["Database"]}"));
            Assert.That((status.IsInStep, status.LastError), Is.EqualTo((true, (string?)null)));
            Assert.That(status.ServerVersion, Is.EqualTo(connection.ExecuteScalar<string>("SELECT VERSION()")));
        }
    }

    [TestCase(ReadPreference.Lead)]
    [TestCase(ReadPreference.Standby)]
    [TestCase(ReadPreference.Balanced)]
    public async Task Reads_go_where_they_are_wanted_and_a_writer_reads_its_own_writes(ReadPreference preference)
    {
        await using var source = MakeSource(new MirroredMySqlOptions { ReadPreference = preference });
        var ports = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            await using var connection = source.OpenConnection();
            ports.Add(connection.ExecuteScalar<int>("SELECT @@port"));
            connection.Execute("INSERT INTO thing (n) VALUES (1)");
            Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo(i + 1));
            Assert.That(connection.ExecuteScalar<int>("SELECT @@port"), Is.EqualTo(Port(PrimaryString)));
        }

        var expected = preference switch
        {
            ReadPreference.Lead => [Port(PrimaryString)],
            ReadPreference.Standby => [Port(StandbyString)],
            _ => new[] { Port(PrimaryString), Port(StandbyString) },
        };
        Assert.That(ports.Distinct(), Is.EquivalentTo(expected));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Many_connections_can_open_at_once_before_it_has_started()
    {
        await using var source = MakeSource(new MirroredMySqlOptions());
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            await using var connection = i % 2 == 0 ? source.OpenConnection() : await source.OpenConnectionAsync();
            await connection.ExecuteAsync("INSERT INTO thing (n) VALUES (@i)", new { i });
        })));
        Assert.That(source.Status.Suspects, Is.Empty);
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM thing"), Is.EqualTo((20L, 20L)));
        await AssertIdenticalAsync();
    }

    private static int Port(string connectionString) =>
        Convert.ToInt32(new DbConnectionStringBuilder { ConnectionString = connectionString }["Port"], CultureInfo.InvariantCulture);

    private sealed class WatchedSource(string connectionString) : DbDataSource
    {
        private int _opened;

        public override string ConnectionString => connectionString;

        public int Opened => _opened;

        public bool IsDisposed { get; private set; }

        protected override DbConnection CreateDbConnection()
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            Interlocked.Increment(ref _opened);
            var connection = Driver.Factory.CreateConnection()!;
            connection.ConnectionString = connectionString;
            return connection;
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }

        protected override ValueTask DisposeAsyncCore()
        {
            IsDisposed = true;
            return base.DisposeAsyncCore();
        }
    }
}
