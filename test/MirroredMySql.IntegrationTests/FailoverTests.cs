using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>A node fails: the other one serves, nothing acknowledged is lost, and what the absent node misses is on record.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class FailoverTests(ServerFlavor flavor)
{
    private LocalServerPair _pair = null!;
    private MirroredDbDataSource _source = null!;
    private RecordingLoggerFactory _logs = null!;

    [OneTimeSetUp]
    public async Task StartPair() => _pair = await LocalServerPair.StartAsync(flavor);

    [OneTimeTearDown]
    public async Task StopPair() => await _pair.DisposeAsync();

    [SetUp]
    public async Task MakeSource()
    {
        foreach (var server in new[] { _pair.Primary, _pair.Standby })
        {
            if (!server.IsRunning)
                await server.StartAsync();
            server.Resume();
            await server.WaitUntilReadyAsync();
        }

        _logs = new RecordingLoggerFactory();
        _source = MakeSource(new MirroredMySqlOptions());
        await using var connection = await _source.OpenConnectionAsync();
        await connection.ExecuteAsync("DROP TABLE IF EXISTS item; CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(40))");
    }

    [TearDown]
    public async Task DisposeSource()
    {
        await _source.DisposeAsync();
        _logs.Dispose();
    }

    [Test]
    public async Task A_write_goes_on_when_the_standby_dies_and_its_table_is_suspect([Values] bool async)
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Standby.Kill();

        _ = async ? await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')") : connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(_source.Status, Has.Property(nameof(MirrorStatus.Mode)).EqualTo(MirrorMode.Solo).And.Property(nameof(MirrorStatus.Lead)).EqualTo(NodeRole.Primary));
        Assert.That(_source.Status.Suspects.Single().Table, Is.EqualTo("item"));
        Assert.That(_logs.Entries.Where(e => e.Level == Microsoft.Extensions.Logging.LogLevel.Error), Is.Not.Empty);
        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "both", "alone" }));
    }

    [Test]
    public async Task A_write_moves_to_the_standby_when_the_primary_dies([Values] bool async)
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Primary.Kill();

        _ = async ? await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')") : connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(_source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "both", "alone" }));
    }

    [Test]
    public void A_read_is_repeated_on_the_other_node()
    {
        using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        using var reader = _source.OpenConnection();
        _pair.Primary.Kill();

        Assert.That(reader.ExecuteScalar<string>("SELECT v FROM item"), Is.EqualTo("both"));
        using var late = _source.OpenConnection();
        Assert.That(late.ExecuteScalar<string>("SELECT v FROM item"), Is.EqualTo("both"));
    }

    [Test]
    public void A_transaction_that_only_wrote_survives_the_loss_of_the_primary()
    {
        using var connection = _source.OpenConnection();
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
            _pair.Primary.Kill();
            // The statement that meets the dead node fails or not; what counts is that nothing is half done.
            try
            {
                connection.Execute("INSERT INTO item (v) VALUES ('two')", transaction: transaction);
                transaction.Commit();
            }
            catch (MirroredDbException e) when (e.IsTransient)
            {
                transaction.Rollback();
                connection.Execute("INSERT INTO item (v) VALUES ('one'), ('two')");
            }
        }

        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "one", "two" }));
        Assert.That(_source.Status.Lead, Is.EqualTo(NodeRole.Standby));
    }

    [Test]
    public void A_transaction_that_has_read_on_the_lost_primary_fails_as_transient()
    {
        using var connection = _source.OpenConnection();
        using var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item", transaction: transaction);
        _pair.Primary.Kill();

        var exception = Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('two')", transaction: transaction));
        Assert.That(exception!.IsTransient, Is.True);
        transaction.Rollback();
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.Zero);
    }

    [Test]
    public void A_transaction_goes_on_when_the_standby_dies()
    {
        using var connection = _source.OpenConnection();
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
            _pair.Standby.Kill();
            connection.Execute("INSERT INTO item (v) VALUES ('two')", transaction: transaction);
            transaction.Commit();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
        Assert.That(_source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    [Test]
    public void The_commit_of_a_transaction_survives_the_loss_of_either_node([Values] NodeRole lost)
    {
        using var connection = _source.OpenConnection();
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
            (lost == NodeRole.Primary ? _pair.Primary : _pair.Standby).Kill();
            transaction.Commit();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(1));
        Assert.That(_source.Status.Lead, Is.EqualTo(lost == NodeRole.Primary ? NodeRole.Standby : NodeRole.Primary));
        Assert.That(_source.Status.Suspects.Single().Table, Is.EqualTo("item"));
    }

    [Test]
    public async Task A_node_that_has_missed_writes_does_not_come_back_by_itself()
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Standby.Kill();
        connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await _pair.Standby.StartAsync();

        connection.Execute("INSERT INTO item (v) VALUES ('still alone')");
        Assert.That(_source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    [Test]
    public async Task A_node_whose_commit_nobody_saw_does_not_come_back_by_itself()
    {
        await using var fast = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(1) });
        await using var connection = fast.OpenConnection();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
            _pair.Standby.Kill();
            await transaction.CommitAsync();
        }

        await _pair.Standby.StartAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('two')");

        Assert.That(fast.Status.Mode, Is.EqualTo(MirrorMode.Solo), "it lacks the first row");
    }

    [Test]
    public async Task A_node_that_has_missed_nothing_comes_back()
    {
        await using var fast = MakeSource(new MirroredMySqlOptions { ReadPreference = ReadPreference.Standby, ReconnectInterval = TimeSpan.FromMilliseconds(1) });
        await using var connection = fast.OpenConnection();
        _pair.Standby.Kill();
        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.Zero);
        Assert.That(fast.Status.Mode, Is.EqualTo(MirrorMode.Solo));
        await _pair.Standby.StartAsync();

        connection.Execute("INSERT INTO item (v) VALUES ('both')");

        Assert.That(fast.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        await using var standby = Open(_pair.Standby);
        Assert.That(standby.ExecuteScalar<string>("SELECT v FROM item"), Is.EqualTo("both"));
    }

    [Test]
    public void Without_failover_a_lost_primary_is_an_error()
    {
        using var manual = MakeSource(new MirroredMySqlOptions { FailoverEnabled = false });
        using var connection = manual.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Primary.Kill();

        Assert.Catch<DbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('never')"));
        Assert.That(manual.Status.Lead, Is.EqualTo(NodeRole.Primary));
        Assert.Throws<MirroredDbException>(() => manual.OpenConnection());
    }

    [Test]
    public async Task A_connection_that_was_killed_is_no_lost_node()
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('one')");
        foreach (var server in new[] { _pair.Primary, _pair.Standby })
        {
            await KillConnectionsAsync(server);
            connection.Execute("INSERT INTO item (v) VALUES ('again')");
        }

        Assert.That(_source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        Assert.That(_source.Status.Suspects, Is.Empty);
        await using var primary = Open(_pair.Primary);
        await using var standby = Open(_pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    private static async Task KillConnectionsAsync(LocalServer server)
    {
        await using var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = server.AdministratorConnectionString;
        await administrator.OpenAsync();
        foreach (var id in await administrator.QueryAsync<long>("SELECT ID FROM information_schema.PROCESSLIST WHERE DB IS NOT NULL AND ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler')"))
            await administrator.ExecuteAsync($"KILL {id}");
    }

    private MirroredDbDataSource MakeSource(MirroredMySqlOptions options)
    {
        options.Driver = Driver.Factory;
        options.Primary = _pair.Primary.ConnectionString;
        options.Standby = _pair.Standby.ConnectionString;
        return new MirroredDbDataSource(options, _logs);
    }

    private static DbConnection Open(LocalServer server)
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = server.ConnectionString;
        connection.Open();
        return connection;
    }
}
