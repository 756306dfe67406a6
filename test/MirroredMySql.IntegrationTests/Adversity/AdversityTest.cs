using System.Data.Common;
using System.Diagnostics;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>A test that disturbs one node under a session, by an administrator's hand or a foreign session's locks.</summary>
public abstract class AdversityTest(ServerFlavor flavor) : MirroredTest(flavor)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private MirroredDbDataSource? _other;

    [SetUp]
    public void CreateTable()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(40)); INSERT INTO item VALUES (1, 'one'), (2, 'two')");
    }

    [TearDown]
    public async Task DisposeOther()
    {
        if (_other is not null)
            await _other.DisposeAsync();
        _other = null;
    }

    /// <summary>A data source with user variables and these options over the same database.</summary>
    private protected MirroredDbDataSource MakeOther(MirroredMySqlOptions options) => _other = MakeSource(options, ";Allow User Variables=true");

    private protected DbConnection Open(NodeRole role) => role == NodeRole.Primary ? OpenPrimary() : OpenStandby();

    private protected async Task<DbConnection> OpenAdministratorAsync(NodeRole role)
    {
        var pair = await Servers.PairAsync(Flavor);
        var administrator = Driver.Factory.CreateConnection()!;
        administrator.ConnectionString = (role == NodeRole.Primary ? pair.Primary : pair.Standby).AdministratorConnectionString;
        await administrator.OpenAsync();
        return administrator;
    }

    /// <summary>The server's own number for a session's connection to a node.</summary>
    private protected static long IdOf(MirroredDbConnection connection, NodeRole role)
    {
        var mirror = connection.Session.Mirror;
        return IdOf(connection.Session.Of(role == NodeRole.Primary ? mirror.Primary : mirror.Standby)!.Physical);
    }

    private protected static long IdOf(DbConnection connection) => connection.ExecuteScalar<long>("SELECT CONNECTION_ID()");

    /// <summary>Ends a session's connection to a node, and returns when the server is rid of it.</summary>
    private protected async Task KillConnectionAsync(MirroredDbConnection connection, NodeRole role)
    {
        var id = IdOf(connection, role);
        await using var administrator = await OpenAdministratorAsync(role);
        await administrator.ExecuteAsync($"KILL {id}");
        await UntilAsync(administrator, $"SELECT COUNT(*) = 0 FROM information_schema.PROCESSLIST WHERE ID = {id}");
    }

    /// <summary>Returns when this connection of a node is carrying out a statement that begins like this.</summary>
    private protected async Task UntilRunningAsync(NodeRole role, long id, string beginning)
    {
        await using var administrator = await OpenAdministratorAsync(role);
        await UntilAsync(
            administrator,
            $"SELECT COUNT(*) > 0 FROM information_schema.PROCESSLIST WHERE ID = {id} AND COMMAND IN ('Query', 'Execute') AND INFO LIKE '{beginning}%'");
    }

    /// <summary>Breaks off the statement that this connection of a node is waiting in, as soon as it has begun.</summary>
    private protected async Task KillQueryAsync(NodeRole role, long id, string beginning)
    {
        await UntilRunningAsync(role, id, beginning);
        await using var administrator = await OpenAdministratorAsync(role);
        await administrator.ExecuteAsync($"KILL QUERY {id}");
    }

    private static async Task UntilAsync(DbConnection administrator, string condition)
    {
        for (var watch = Stopwatch.StartNew(); await administrator.ExecuteScalarAsync<long>(condition) == 0;)
            Assert.That(watch.Elapsed, Is.LessThan(Patience), condition);
    }
}
