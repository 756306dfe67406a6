using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Dapper;
using Microsoft.Extensions.Logging;
using MirroredMySql.LocalServers;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests;

/// <summary>Whatever is wrong with the input is said once, with the node and the remedy and without the password.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class BadInputTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const string WrongPassword = "swordfish-0451";

    [TestCase(NodeRole.Primary)]
    [TestCase(NodeRole.Standby)]
    public void A_missing_string_is_an_error_of_the_constructor(NodeRole role)
    {
        foreach (var missing in new[] { null, "", "   " })
            AssertNames(Assert.Throws<MirroredDbException>(() => Make(role, missing)), role, "is missing", "Server=");
    }

    [TestCase(NodeRole.Primary)]
    [TestCase(NodeRole.Standby)]
    public void A_malformed_string_is_an_error_of_the_constructor(NodeRole role) =>
        AssertNames(Assert.Throws<MirroredDbException>(() => Make(role, $"Server=db1;Database=x;Password=\"{WrongPassword}")), role, "malformed", "double quotes");

    [TestCase(NodeRole.Primary)]
    [TestCase(NodeRole.Standby)]
    public void An_unknown_keyword_is_an_error_of_the_constructor(NodeRole role) =>
        AssertNames(Assert.Throws<MirroredDbException>(() => Make(role, $"Replicate=yes;{Text(role)}")), role, "'replicate'");

    [TestCase(NodeRole.Primary, "AutoEnlist=true", "Auto Enlist")]
    [TestCase(NodeRole.Standby, "AutoEnlist=true", "Auto Enlist")]
    public void An_option_that_defeats_mirroring_is_an_error_of_the_constructor(NodeRole role, string option, string keyword) =>
        AssertNames(Assert.Throws<MirroredDbException>(() => Make(role, $"{Text(role)};{option}")), role, keyword, "defeats mirroring", "Remove it");

    [Test]
    public void Options_that_make_two_things_of_one_statement_are_an_error_of_the_constructor()
    {
        var exception = Assert.Throws<MirroredDbException>(() => Make(NodeRole.Standby, StandbyString + ";UseAffectedRows=true"));
        Assert.That(exception!.Message, Does.Contain("primary").And.Contain("standby").And.Contain("same value").And.Contain("affected").IgnoreCase);
        AssertHidesPasswords(exception);
    }

    [Test]
    public void The_same_database_twice_is_an_error_of_the_constructor()
    {
        var exception = Assert.Throws<MirroredDbException>(() => Make(NodeRole.Standby, PrimaryString));
        Assert.That(exception!.Message, Does.Contain("primary").And.Contain("standby").And.Contain("same database").And.Contain("server of its own"));
        AssertHidesPasswords(exception);
    }

    [Test]
    public async Task The_same_database_under_two_names_is_found_when_the_first_connection_opens([Values] bool async)
    {
        var alias = new DbConnectionStringBuilder { ConnectionString = PrimaryString, ["Server"] = "localhost" };
        await using var source = Make(NodeRole.Standby, alias.ConnectionString);
        for (var i = 0; i < 2; i++)
        {
            var exception = await OpenFailsAsync(source, async);
            Assert.That(exception.Message, Does.Contain("same database").And.Contain("127.0.0.1").And.Contain("localhost").And.Contain("server of its own"));
            AssertHidesPasswords(exception);
        }
    }

    [Test]
    public async Task Two_databases_of_one_server_make_a_pair()
    {
        var (other, _) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(Flavor));
        await using var source = Make(NodeRole.Standby, other);
        await using var connection = await source.OpenConnectionAsync();
        connection.Execute("CREATE TABLE item (id INT PRIMARY KEY); INSERT INTO item VALUES (1)");
        foreach (var text in new[] { PrimaryString, other })
        {
            await using var bare = Driver.Factory.CreateConnection()!;
            bare.ConnectionString = text;
            Assert.That(bare.ExecuteScalar<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task An_unreachable_node_leaves_the_other_one_serving_when_that_is_asked_for([Values] NodeRole role, [Values] bool async)
    {
        await using (var careful = Make(role, WithPort(Text(role), FreePort())))
            AssertNames(await OpenFailsAsync(careful, async), role, "cannot be reached", nameof(MirroredMySqlOptions.StartAlone));
        await using var source = Make(role, WithPort(Text(role), FreePort()), options => options.StartAlone = true);
        await using (var connection = async ? await source.OpenConnectionAsync() : source.OpenConnection())
        {
            await connection.ExecuteAsync("CREATE TABLE item (id INT PRIMARY KEY)");
            await connection.ExecuteAsync("INSERT INTO item VALUES (1)");
            Assert.That(await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo(1));
        }

        var other = role == NodeRole.Primary ? NodeRole.Standby : NodeRole.Primary;
        var status = source.Status;
        Assert.That((status.Mode, status.Lead), Is.EqualTo((MirrorMode.Solo, other)));
        var (absent, serving) = role == NodeRole.Primary ? (status.Primary, status.Standby) : (status.Standby, status.Primary);
        Assert.That((absent.IsInStep, serving.IsInStep), Is.EqualTo((false, true)));
        Assert.That(absent.LastError, Is.Not.Null.And.Not.Empty);
        Assert.That(status.Suspects, Is.Empty);
        await using (var bare = role == NodeRole.Primary ? OpenStandby() : OpenPrimary())
            Assert.That(await bare.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM mirror_journal"), Is.EqualTo(2));
        AssertLogsHidePasswords();
    }

    [Test]
    public async Task An_unreachable_primary_without_failover_is_an_error()
    {
        await using var source = Make(NodeRole.Primary, WithPort(PrimaryString, FreePort()), options => options.FailoverPolicy = FailoverPolicy.Manual);
        var exception = await OpenFailsAsync(source, async: true);
        AssertNames(exception, NodeRole.Primary, "cannot be reached", "Check");
        Assert.That(exception.IsTransient, Is.True);
    }

    [Test]
    public async Task Two_unreachable_nodes_are_both_named([Values] bool async)
    {
        var (first, second) = (FreePort(), FreePort());
        await using var source = new MirroredDbDataSource(
            new MirroredMySqlOptions { Driver = Driver.Factory, Primary = WithPort(PrimaryString, first), Standby = WithPort(StandbyString, second) }, Logs);
        for (var i = 0; i < 2; i++)
        {
            var exception = await OpenFailsAsync(source, async);
            Assert.That(exception.Message, Does.Contain("Neither node").And.Contain($":{first}/").And.Contain($":{second}/").And.Contain("Check"));
            Assert.That(exception.IsTransient, Is.True);
            Assert.That(exception.InnerException, Is.InstanceOf<AggregateException>().With.Property(nameof(AggregateException.InnerExceptions)).Count.EqualTo(2));
            AssertHidesPasswords(exception);
        }

        AssertLogsHidePasswords();
    }

    [Test]
    public async Task A_wrong_password_is_said_of_the_node_that_refuses_it([Values] NodeRole role, [Values] bool async)
    {
        await using var source = Make(role, With(Text(role), "Password", WrongPassword));
        for (var i = 0; i < 2; i++)
            AssertNames(await OpenFailsAsync(source, async), role, "refuses the login", "User ID and Password");
        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored), "it is a mistake, not an outage");
        AssertLogsHidePasswords();
    }

    [Test]
    public async Task A_missing_database_is_said_of_the_node_that_lacks_it([Values] NodeRole role, [Values] bool async)
    {
        var pair = await Servers.PairAsync(Flavor);
        var server = role == NodeRole.Primary ? pair.Primary : pair.Standby;
        await using var source = Make(role, With(server.AdministratorConnectionString, "Database", "not_there"));
        AssertNames(await OpenFailsAsync(source, async), role, "no such database", "Create it there");
        AssertLogsHidePasswords();
    }

    [Test]
    public async Task A_database_without_rights_is_said_of_its_node([Values] NodeRole role)
    {
        await using var source = Make(role, With(Text(role), "Database", "not_there"));
        AssertNames(await OpenFailsAsync(source, async: true), role, "no right to the database", "Grant it");
    }

    [Test]
    public async Task An_account_that_may_not_create_tables_says_what_to_create_and_serves_when_they_are_there()
    {
        var pair = await Servers.PairAsync(Flavor);
        var account = $"few_rights_{Guid.NewGuid():N}"[..20];
        var database = (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["Database"];
        foreach (var server in new[] { pair.Primary, pair.Standby })
            Administer(server, $"CREATE USER '{account}'@'%' IDENTIFIED BY '{WrongPassword}'; GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{account}'@'%'; CREATE TABLE {database}.item (id INT PRIMARY KEY)");
        (PrimaryString, StandbyString) = (As(PrimaryString, account), As(StandbyString, account));
        await using (var source = MakeSource(new MirroredMySqlOptions()))
            Assert.That((await OpenFailsAsync(source, async: true))!.Message, Does.Contain("Grant CREATE, or have them created: CREATE TABLE IF NOT EXISTS"));
        foreach (var server in new[] { pair.Primary, pair.Standby })
            Administer(server, string.Join(';', new MirrorTables(database).Definitions));

        await using var second = MakeSource(new MirroredMySqlOptions());
        await using (var connection = await second.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item VALUES (1)");
        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM item"), Is.EqualTo((1, 1)));

        static string As(string text, string account) => With(With(text, "User ID", account), "Password", WrongPassword);

        static void Administer(LocalServer server, string sql)
        {
            using var administrator = Driver.Factory.CreateConnection()!;
            administrator.ConnectionString = server.AdministratorConnectionString;
            administrator.Open();
            administrator.Execute(sql);
        }
    }

    [Test]
    public async Task A_mistake_that_is_mended_on_the_server_needs_no_new_data_source()
    {
        var pair = await Servers.PairAsync(Flavor);
        var name = $"late_{Guid.NewGuid():N}"[..20];
        await using var source = new MirroredDbDataSource(
            Driver.Factory, With(pair.Primary.AdministratorConnectionString, "Database", name), With(pair.Standby.AdministratorConnectionString, "Database", name));
        await OpenFailsAsync(source, async: true);
        foreach (var server in new[] { pair.Primary, pair.Standby })
        {
            await using var administrator = Driver.Factory.CreateConnection()!;
            administrator.ConnectionString = server.AdministratorConnectionString;
            await administrator.ExecuteAsync($"CREATE DATABASE {name}");
        }

        await using var connection = await source.OpenConnectionAsync();
        Assert.That(connection.Database, Is.EqualTo(name));
    }

    [Test]
    public void A_data_source_that_is_opened_through_the_provider_factory_says_the_same()
    {
        var builder = new MirroredDbConnectionStringBuilder { Primary = PrimaryString, Standby = PrimaryString };
        var exception = Assert.Throws<MirroredDbException>(() => Connect(builder.ConnectionString));
        Assert.That(exception!.Message, Does.Contain("same database"));
        AssertHidesPasswords(exception);
        Assert.That(Assert.Throws<MirroredDbException>(() => Connect(PrimaryString))!.Message, Does.Contain("belongs into the string of a node"));

        static void Connect(string text)
        {
            using var connection = new MirroredDbConnection(text);
            connection.Open();
        }
    }

    [TestCase("GRANT SELECT ON *.* TO nobody")]
    [TestCase("CREATE USER nobody")]
    [TestCase("SET GLOBAL max_connections = 10")]
    [TestCase("XA START 'a'")]
    [TestCase("FLUSH TABLES")]
    [TestCase("SELECT 1 INTO OUTFILE '/tmp/never'")]
    public void A_statement_that_cannot_be_mirrored_is_refused_before_it_runs(string sql)
    {
        using var connection = Source.OpenConnection();
        var exception = Assert.Throws<MirroredDbException>(() => connection.Execute(sql));
        Assert.That(exception!.Message, Does.Contain("docs/").And.Length.GreaterThan(40));
        Assert.That(connection.ExecuteScalar<int>("SELECT 1"), Is.EqualTo(1));
    }

    private MirroredDbDataSource Make(NodeRole role, string? text, Action<MirroredMySqlOptions>? configure = null)
    {
        var options = new MirroredMySqlOptions
        {
            Driver = Driver.Factory, Primary = role == NodeRole.Primary ? text : PrimaryString, Standby = role == NodeRole.Standby ? text : StandbyString,
        };
        configure?.Invoke(options);
        return new MirroredDbDataSource(options, Logs);
    }

    private static async Task<MirroredDbException> OpenFailsAsync(MirroredDbDataSource source, bool async)
    {
        var exception = async
            ? await Assert.ThrowsAsync<MirroredDbException>(async () => await source.OpenConnectionAsync())
            : Assert.Throws<MirroredDbException>(() => source.OpenConnection());
        return exception!;
    }

    private void AssertNames(MirroredDbException? exception, NodeRole role, params string[] words)
    {
        Assert.That(exception!.Node, Is.EqualTo(role));
        Assert.That(exception.Message, Does.Contain(role == NodeRole.Primary ? "primary" : "standby"));
        foreach (var word in words)
            Assert.That(exception.Message, Does.Contain(word));
        AssertHidesPasswords(exception);
    }

    private void AssertHidesPasswords(MirroredDbException exception)
    {
        foreach (var password in Passwords)
            Assert.That(exception.ToString(), Does.Not.Contain(password));
    }

    private void AssertLogsHidePasswords()
    {
        foreach (var password in Passwords)
            Assert.That(Logs.Entries.Select(e => e.Message), Has.None.Contains(password));
    }

    private IEnumerable<string> Passwords =>
        [WrongPassword, .. new[] { PrimaryString, StandbyString }.Select(text => (string)new DbConnectionStringBuilder { ConnectionString = text }["Password"])];

    private string Text(NodeRole role) => role == NodeRole.Primary ? PrimaryString : StandbyString;

    private static string WithPort(string text, int port) => With(text, "Port", port.ToString(CultureInfo.InvariantCulture));

    private static string With(string text, string keyword, string value) =>
        new DbConnectionStringBuilder { ConnectionString = text, [keyword] = value }.ConnectionString;

    // Nobody listens there once the listener is gone.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
