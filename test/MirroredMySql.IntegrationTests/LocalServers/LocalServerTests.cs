using System.Data.Common;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.LocalServers;

[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
internal sealed class LocalServerTests(ServerFlavor flavor)
{
    private LocalServer _server = null!;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _server = await LocalServer.StartAsync(flavor);
        await Statement.RunAsync(_server.ConnectionString, "CREATE TABLE entry (id INT PRIMARY KEY)");
    }

    [OneTimeTearDown]
    public async Task EndServer() => await _server.DisposeAsync();

    [SetUp]
    public async Task BringUp()
    {
        await _server.StartAsync();
        await Statement.RunAsync(_server.ConnectionString, "DELETE FROM entry");
    }

    [Test]
    public async Task The_server_is_of_the_flavor_that_was_asked_for()
    {
        var version = await Statement.RunAsync(_server.ConnectionString, "SELECT VERSION()");

        Assert.That(version.Contains("MariaDB", StringComparison.Ordinal), Is.EqualTo(flavor == ServerFlavor.MariaDb));
    }

    [Test]
    public async Task The_application_account_owns_its_database_and_nothing_else()
    {
        await Statement.RunAsync(_server.ConnectionString, "CREATE FUNCTION doubled(n INT) RETURNS INT DETERMINISTIC RETURN 2 * n");
        await Statement.RunAsync(_server.ConnectionString, "CREATE TRIGGER t BEFORE INSERT ON entry FOR EACH ROW SET NEW.id = ABS(NEW.id)");

        Assert.That(await Statement.RunAsync(_server.ConnectionString, "SELECT doubled(2)"), Is.EqualTo("4"));
        Assert.That(() => Statement.RunAsync(_server.ConnectionString, "CREATE DATABASE other"), Throws.InstanceOf<DbException>());
        Assert.That(() => Statement.RunAsync(_server.ConnectionString, "SELECT * FROM mysql.user"), Throws.InstanceOf<DbException>());
    }

    [Test]
    public async Task The_administrator_may_do_everything()
    {
        await Statement.RunAsync(_server.AdministratorConnectionString, "CREATE DATABASE other");
        await Statement.RunAsync(_server.AdministratorConnectionString, "DROP DATABASE other");

        Assert.That(await Statement.RunAsync(_server.AdministratorConnectionString, "SELECT COUNT(*) FROM mysql.user"), Is.Not.EqualTo("0"));
    }

    [Test]
    public void Nobody_logs_in_without_a_password()
    {
        var nobody = new DbConnectionStringBuilder { ConnectionString = _server.AdministratorConnectionString };
        nobody.Remove("Password");

        Assert.That(() => Statement.RunAsync(nobody.ConnectionString, "SELECT 1"), Throws.InstanceOf<DbException>());
    }

    [Test]
    public async Task A_committed_row_survives_a_restart()
    {
        var (port, process) = (_server.Port, _server.ProcessId);
        await InsertAsync(1);

        await _server.RestartAsync();

        Assert.That(await CountAsync(), Is.EqualTo("1"));
        Assert.That(_server.Port, Is.EqualTo(port));
        Assert.That(_server.ProcessId, Is.Not.EqualTo(process));
    }

    [Test]
    public async Task A_committed_row_survives_a_kill()
    {
        await InsertAsync(1);

        _server.Kill();
        Assert.That(_server.IsRunning, Is.False);
        Assert.That(() => CountAsync(), Throws.InstanceOf<DbException>());
        await _server.StartAsync();

        Assert.That(await CountAsync(), Is.EqualTo("1"));
    }

    [Test]
    public async Task A_stopped_server_refuses_clients()
    {
        await _server.StopAsync();

        Assert.That(_server.IsRunning, Is.False);
        Assert.That(() => CountAsync(), Throws.InstanceOf<DbException>());
    }

    [Test]
    public async Task A_suspended_server_answers_when_it_is_resumed()
    {
        _server.Suspend();
        var insert = InsertAsync(1);
        Assert.That(await Task.WhenAny(insert, Task.Delay(TimeSpan.FromMilliseconds(200))), Is.Not.SameAs(insert));

        _server.Resume();

        await insert;
        Assert.That(await CountAsync(), Is.EqualTo("1"));
    }

    [Test]
    public async Task A_suspended_server_can_be_killed_and_stopped()
    {
        _server.Suspend();
        _server.Kill();
        Assert.That(_server.IsRunning, Is.False);

        await _server.StartAsync();
        _server.Suspend();
        await _server.StopAsync();
        Assert.That(_server.IsRunning, Is.False);
    }

    [Test]
    public async Task Each_server_has_passwords_of_its_own()
    {
        await using var other = await LocalServer.StartAsync(flavor);

        var passwords = new[] { _server, other }
            .SelectMany(server => new[] { server.ConnectionString, server.AdministratorConnectionString })
            .Select(text => new DbConnectionStringBuilder { ConnectionString = text }["Password"]);

        Assert.That(passwords, Is.Unique);
    }

    [Test]
    public async Task Options_name_the_database_and_reach_the_server()
    {
        var options = new LocalServerOptions { Database = "odd_na`me", FlushLogAtCommit = 1, Arguments = ["--max-connections=17"] };
        await using var server = await LocalServer.StartAsync(flavor, options);

        await Statement.RunAsync(server.ConnectionString, "CREATE TABLE entry (id INT PRIMARY KEY)");

        const string question = "SELECT CONCAT(DATABASE(), ' ', @@innodb_flush_log_at_trx_commit, ' ', @@max_connections)";
        Assert.That(await Statement.RunAsync(server.ConnectionString, question), Is.EqualTo("odd_na`me 1 17"));
    }

    [Test]
    public void A_server_that_ends_at_start_is_reported_with_its_log()
    {
        var options = new LocalServerOptions { Arguments = ["--no-such-setting=1"] };

        Assert.That(
            () => LocalServer.StartAsync(flavor, options),
            Throws.InstanceOf<LocalServerException>().With.Message.Contains("no-such-setting"));
    }

    [Test]
    public void A_binary_that_is_no_server_is_refused([Values("/bin/true", "/etc/passwd", "/no/such/file")] string path)
    {
        var options = new LocalServerOptions { Binary = path };

        Assert.That(() => LocalServer.StartAsync(flavor, options), Throws.InstanceOf<LocalServerException>().With.Message.Contains(path));
    }

    private Task<string> InsertAsync(int id) => Statement.RunAsync(_server.ConnectionString, $"INSERT INTO entry VALUES ({id})");

    private Task<string> CountAsync() => Statement.RunAsync(_server.ConnectionString, "SELECT COUNT(*) FROM entry");
}
