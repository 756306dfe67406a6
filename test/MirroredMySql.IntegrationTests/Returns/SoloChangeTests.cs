using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>Schema changes while a node is absent have their place in the journal where they took place among the writes.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SoloChangeTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    private const string Waiting = "SELECT EXISTS(SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata lock%')";

    [TestCase("TRUNCATE TABLE item", "")]
    [TestCase("RENAME TABLE item TO item_old, item_new TO item", "CREATE TABLE item_new LIKE item")]
    [TestCase("DROP TABLE item", "")]
    [TestCase("ALTER TABLE item DROP COLUMN n", "")]
    public async Task What_a_change_has_waited_for_is_replayed_before_it(string change, string before)
    {
        await using var writer = await Source.OpenConnectionAsync();
        if (before.Length > 0)
            await writer.ExecuteAsync(before);
        await GoSoloAsync();
        await using var changer = await Source.OpenConnectionAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync("INSERT INTO item (v, n) VALUES ('met by the change', 1)", transaction: transaction);
        var changing = Task.Run(() => changer.ExecuteAsync(change));
        await using (var direct = Open(Pair.Primary))
            await UntilAsync(() => direct.ExecuteScalar<bool>(Waiting), "the change waits for the transaction");

        await transaction.CommitAsync();
        await changing;

        await AssertComesBackAsync();
    }

    [Test]
    public async Task Writers_and_changes_side_by_side_come_to_the_same_rows()
    {
        await GoSoloAsync();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            await using var connection = await Source.OpenConnectionAsync();
            while (!stop.IsCancellationRequested)
                await connection.ExecuteAsync($"INSERT INTO item (v, n) VALUES ('writer {i}', {i})");
        })).ToList();
        await using (var changer = await Source.OpenConnectionAsync())
        {
            for (var i = 0; i < 15; i++)
                await changer.ExecuteAsync("TRUNCATE TABLE item");
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await AssertComesBackAsync();
    }

    [Test]
    public async Task A_table_from_a_query_is_made_and_filled()
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("CREATE TABLE made (PRIMARY KEY (id)) SELECT id, v FROM item");

        await AssertComesBackAsync();
        await using var standby = Open(Pair.Standby);
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM made"), Is.EqualTo(1));
    }

    [TestCase(System.Data.DbType.String)]
    [TestCase(System.Data.DbType.Int32)]
    public async Task A_constant_of_an_enumeration_is_replayed_as_it_was_written(System.Data.DbType type)
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO item (v) VALUES (@day)";
            var day = command.CreateParameter();
            (day.ParameterName, day.DbType, day.Value) = ("day", type, DayOfWeek.Friday);
            command.Parameters.Add(day);
            await command.ExecuteNonQueryAsync();
        }

        await AssertComesBackAsync();
    }
}
