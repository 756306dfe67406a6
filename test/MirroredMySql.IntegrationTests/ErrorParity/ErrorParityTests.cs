using System.Data.Common;
using Dapper;
using MirroredMySql.IntegrationTests.ErrorParity.Catalogue;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>What fails through the bare driver fails through the mirror: with the same exception, and with the same left behind.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ErrorParityTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const string Impatient = "SET innodb_lock_wait_timeout=2, lock_wait_timeout=2, SESSION group_concat_max_len=100000";

    [TestCaseSource(typeof(Topic), nameof(Topic.All))]
    public async Task A_statement_that_fails_is_the_same_failure_as_through_the_bare_driver(object topic)
    {
        var (name, statements) = (Topic)topic;
        var options = ";Default Command Timeout=60;Pooling=false" + (((Topic)topic).AllowsUserVariables ? ";Allow User Variables=true" : "");
        var (bareString, _) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(Flavor));
        await using var source = MakeSource(new MirroredMySqlOptions(), options);
        await using var bareObserver = await ObserveAsync(bareString);
        await using var primaryObserver = await ObserveAsync(PrimaryString);
        await using var standbyObserver = await ObserveAsync(StandbyString);
        await using var bare = new Side(() => Open(bareString + options), [bareObserver]);
        await using var mirrored = new Side(source.OpenConnection, [primaryObserver, standbyObserver]);

        var comparison = new Comparison(bare, mirrored, source, Flavor);
        foreach (var (statement, number) in statements.Where(s => s.On is null || s.On == Flavor).Select((s, i) => (s, i)))
            await comparison.CompareAsync(statement, number);

        Assert.That(comparison.Differences, Is.Empty, $"{comparison.Differences.Count} differences among {comparison.Count} comparisons: {name}\n{string.Join((char)10, comparison.Differences)}");
    }

    private static async Task<DbConnection> ObserveAsync(string connectionString)
    {
        var connection = Open(connectionString);
        await connection.ExecuteAsync(Impatient);
        await Schema.MakeAsync(connection);
        return connection;
    }

    private static DbConnection Open(string connectionString)
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = connectionString;
        connection.Open();
        return connection;
    }
}
