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

        await Task.WhenAll(new[] { _pair.Primary, _pair.Standby }.Select(EmptyAsync));
        _logs = new RecordingLoggerFactory();
        _source = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(200) });
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
    public async Task A_write_goes_on_when_the_standby_dies_and_reaches_it_when_it_is_back([Values] bool async)
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Standby.Kill();

        _ = async ? await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')") : connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(_source.Status, Has.Property(nameof(MirrorStatus.Mode)).EqualTo(MirrorMode.Solo).And.Property(nameof(MirrorStatus.Lead)).EqualTo(NodeRole.Primary));
        Assert.That(_source.Status.Suspects, Is.Empty);
        Assert.That(_logs.Entries.Where(e => e.Level == Microsoft.Extensions.Logging.LogLevel.Error), Is.Not.Empty);
        Assert.That(connection.Query<string>("SELECT v FROM item ORDER BY id"), Is.EqualTo(new[] { "both", "alone" }));
        await _pair.Standby.StartAsync();
        await AssertInStepAsync(2);
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
        await _pair.Primary.StartAsync();
        await AssertInStepAsync(2);
        Assert.That(_source.Status.Lead, Is.EqualTo(NodeRole.Standby), "it leads until it is told otherwise");
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
    public async Task A_transaction_whose_commit_meets_a_dead_node_is_on_both_when_it_is_back([Values] NodeRole lost)
    {
        await using var connection = _source.OpenConnection();
        var server = lost == NodeRole.Primary ? _pair.Primary : _pair.Standby;
        var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO item (v) VALUES ('one')", transaction: transaction);
        server.Kill();
        try
        {
            transaction.Commit();
        }
        catch (MirroredDbException e) when (e.IsTransient && lost == NodeRole.Primary)
        {
            connection.Execute("INSERT INTO item (v) VALUES ('one')");
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(1));
        Assert.That(_source.Status.Lead, Is.Not.EqualTo(lost));
        await server.StartAsync();
        await AssertInStepAsync(1);
    }

    [Test]
    public async Task Everything_that_a_node_has_missed_reaches_it()
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("CREATE TABLE IF NOT EXISTS log (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME(6), who VARCHAR(40), r DOUBLE)");
        _pair.Standby.Kill();
        for (var i = 0; i < 300; i++)
            connection.Execute("INSERT INTO item (v) VALUES (@v)", new { v = $"número {i}" });
        connection.Execute("UPDATE item SET v = CONCAT(v, UUID()) WHERE id = 1; DELETE FROM item ORDER BY v LIMIT 7; INSERT INTO log (at, who, r) SELECT NOW(6), v, RAND() FROM item ORDER BY id");
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('kept')", transaction: transaction);
            await transaction.SaveAsync("here");
            connection.Execute("INSERT INTO item (v) VALUES ('taken back')", transaction: transaction);
            await transaction.RollbackAsync("here");
            await transaction.CommitAsync();
        }

        connection.Execute("CREATE TABLE late (id INT PRIMARY KEY, b BLOB); INSERT INTO late VALUES (1, @b)", new { b = new byte[] { 0, 255, 39 } });
        connection.Execute("ALTER TABLE item ADD COLUMN w INT NOT NULL DEFAULT 3");
        connection.Execute("SET sql_mode='ANSI_QUOTES', time_zone='+05:00'; INSERT INTO \"log\" (at, who) VALUES (NOW(6), 'zone')");
        await _pair.Standby.StartAsync();

        await AssertInStepAsync(294);
    }

    [Test]
    public async Task Nothing_of_the_lost_lead_that_was_not_acknowledged_stays()
    {
        await using var connection = _source.OpenConnection();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Standby.Kill();
        await using (var direct = Open(_pair.Primary))
            direct.Execute($"UPDATE mirror_writer SET number = number + 1; INSERT INTO item (v) VALUES ('committed on one node only')");
        connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await _pair.Standby.StartAsync();

        await AssertInStepAsync(3);
    }

    [Test]
    public async Task A_process_that_starts_alone_serves_only_what_led_alone()
    {
        await using (var connection = _source.OpenConnection())
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
        _pair.Standby.Kill();
        await using var late = MakeSource(new MirroredMySqlOptions());
        Assert.That(() => late.OpenConnection(), Throws.InstanceOf<MirroredDbException>().With.Message.Contains(nameof(MirroredMySqlOptions.StartAlone)));

        await using (var connection = _source.OpenConnection())
            connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await using var later = MakeSource(new MirroredMySqlOptions());
        await using var served = await later.OpenConnectionAsync();
        Assert.That(served.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
    }

    [Test]
    public async Task Another_process_hears_of_a_lost_node_from_the_node_that_is_left()
    {
        await using var other = MakeSource(new MirroredMySqlOptions());
        await using var theirs = await other.OpenConnectionAsync();
        theirs.Execute("INSERT INTO item (v) VALUES ('theirs')");
        await using var ours = await _source.OpenConnectionAsync();
        ours.Execute("INSERT INTO item (v) VALUES ('ours')");
        _pair.Standby.Kill();
        ours.Execute("INSERT INTO item (v) VALUES ('alone')");
        await _pair.Standby.StartAsync();

        theirs.Execute("INSERT INTO item (v) VALUES ('theirs too')");

        await AssertInStepAsync(4);
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

    [Test]
    public async Task The_journal_leaves_no_trace_in_the_session()
    {
        await using var connection = _source.OpenConnection();
        _pair.Standby.Kill();
        for (var i = 1; i <= 5; i++)
            connection.Execute("DELETE FROM item");

        Assert.That(connection.ExecuteScalar<long>("INSERT INTO item (v) VALUES ('one'); SELECT LAST_INSERT_ID()"), Is.EqualTo(1));
        Assert.That(connection.ExecuteScalar<long>("UPDATE item SET v = 'two'; SELECT ROW_COUNT()"), Is.EqualTo(1));
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('three')", transaction: transaction);
            await transaction.CommitAsync();
        }

        Assert.That(connection.ExecuteScalar<long>("SELECT LAST_INSERT_ID()"), Is.EqualTo(2));
        await _pair.Standby.StartAsync();
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_write_of_a_process_that_has_not_heard_of_the_new_lead_moves_there([Values] bool async)
    {
        await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromHours(1) });
        await using var theirs = await other.OpenConnectionAsync();
        theirs.Execute("INSERT INTO item (v) VALUES ('theirs')");
        await _source.Mirror.LoseAsync(_source.Mirror.Primary, new TimeoutException("It did not answer."), "testing", async: true);

        _ = async ? await theirs.ExecuteAsync("INSERT INTO item (v) VALUES ('a'), ('b')") : theirs.Execute("INSERT INTO item (v) VALUES ('a'), ('b')");

        await AssertInStepAsync(3);
    }

    private async Task AssertInStepAsync(int rows)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (_source.Status.Mode != MirrorMode.Mirrored && DateTime.UtcNow < deadline)
            await Task.Delay(20);
        Assert.That(_source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored), string.Join('\n', _logs.Entries.Select(e => e.ToString()).TakeLast(5)));
        Assert.That(_source.Status.Suspects, Is.Empty);
        await using var primary = Open(_pair.Primary);
        await using var standby = Open(_pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(rows));
        await using var connection = await _source.OpenConnectionAsync();
        const string settings = "SELECT CONCAT_WS(',', @@foreign_key_checks, @@unique_checks, @@time_zone, @@sql_mode)";
        Assert.That(connection.ExecuteScalar<string>(settings), Is.EqualTo(primary.ExecuteScalar<string>(settings)));
        connection.Execute("INSERT INTO item (v) VALUES ('in step')");
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    // Each test is the first to use the pair.
    private static async Task EmptyAsync(LocalServer server)
    {
        await using var connection = Open(server);
        foreach (var table in await connection.QueryAsync<string>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"))
            await connection.ExecuteAsync($"DROP TABLE `{table}`");
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
