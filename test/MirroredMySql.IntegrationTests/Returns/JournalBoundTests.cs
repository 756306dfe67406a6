using Dapper;
using MirroredMySql.Journal;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>The journal is bounded: past a bound the absent node is given all tables, and nothing that it misses is forgotten on the way.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class JournalBoundTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    private const int MaxRows = 10;

    private protected override MirroredMySqlOptions Options() => new()
    {
        ReconnectInterval = TimeSpan.FromMilliseconds(100), JournalMaxRows = MaxRows, JournalMaxBytes = 100_000, JournalMaxAge = TimeSpan.FromMinutes(10),
    };

    [Test]
    public async Task Past_a_bound_the_node_needs_a_resync_and_says_so([Values("rows", "bytes", "age")] string bound)
    {
        await GoSoloAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await using var primary = Open(Pair.Primary);
        switch (bound)
        {
            case "rows":
                await InsertAsync(MaxRows + 1);
                break;
            case "bytes":
                await connection.ExecuteAsync("INSERT INTO item (v) SELECT LEFT(@text, 50)", new { text = new string('x', 100_000) });
                break;
            default:
                await primary.ExecuteAsync("UPDATE mirror_journal SET written_at = written_at - INTERVAL 1 HOUR");
                break;
        }

        await UntilAsync(() => Source.Status.Mode == MirrorMode.Resyncing, "needs a resync");
        Assert.That(Warnings, Has.Some.Contains("needs a resync").And.Contains("standby").And.Contains($"JournalMax{bound}").IgnoreCase);
        Assert.That(await primary.ExecuteScalarAsync<string>("SELECT GROUP_CONCAT(name) FROM mirror_suspect"), Is.EqualTo("*"));
        await UntilAsync(() => Source.Mirror.Journal.Rows == 0 && primary.ExecuteScalar<int>("SELECT COUNT(*) FROM mirror_journal") == 0, "the journal is empty");
        await InsertAsync(3);
        Assert.That(await primary.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM mirror_journal"), Is.Zero, "writes are not journaled any more");

        await Pair.Standby.StartAsync();
        await UntilMirroredAsync();
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task What_no_copy_of_tables_brings_survives_the_end_of_the_journal()
    {
        await GoSoloAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE VIEW dear AS SELECT * FROM item WHERE n > 5");
        await InsertAsync(MaxRows + 1);
        await UntilAsync(() => Source.Status.Mode == MirrorMode.Resyncing, "needs a resync");
        await connection.ExecuteAsync("CREATE TABLE late (id INT PRIMARY KEY); INSERT INTO late VALUES (7)");

        await Pair.Standby.StartAsync();
        await UntilMirroredAsync();
        await AssertIdenticalAsync();
        await using var standby = Open(Pair.Standby);
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT (SELECT COUNT(*) FROM dear) + (SELECT id FROM late)"), Is.EqualTo(7));
    }

    [TestCase(ProtocolSteps.ResyncRecorded)]
    [TestCase(ProtocolSteps.ResyncAnnounced)]
    public async Task A_process_that_ends_while_it_gives_the_journal_up_loses_nothing(string step)
    {
        var deaths = 0;
        ProtocolSteps.Observer = reached =>
        {
            if (reached == step && Interlocked.Increment(ref deaths) == 1)
                throw new ProcessDied();
        };
        await GoSoloAsync();
        await InsertAsync(MaxRows + 1);
        await UntilAsync(() => Volatile.Read(ref deaths) > 0, $"reached {step}");
        await using (var primary = Open(Pair.Primary))
            Assert.That(await primary.ExecuteScalarAsync<string>("SELECT name FROM mirror_suspect"), Is.EqualTo("*"), "all that has been missed is on record");
        await Source.DisposeAsync();

        await using var other = MakeSource(Options());
        await using (var connection = await other.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('of the other process')");
        await Pair.Standby.StartAsync();
        await UntilAsync(() => other.Status.Mode == MirrorMode.Mirrored, "in step again");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_transaction_that_has_not_heard_of_the_resync_loses_nothing()
    {
        await GoSoloAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('begun before')", transaction: transaction);
        await using var other = MakeSource(Options());
        await using (var theirs = await other.OpenConnectionAsync())
        {
            for (var i = 0; i <= MaxRows; i++)
                await theirs.ExecuteAsync("INSERT INTO item (v) VALUES ('theirs')");
        }

        await UntilAsync(() => other.Status.Mode == MirrorMode.Resyncing, "needs a resync");
        await transaction.CommitAsync();
        await Pair.Standby.StartAsync();
        await UntilMirroredAsync();
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_growing_journal_is_measured_exactly()
    {
        await GoSoloAsync();
        await using var primary = Open(Pair.Primary);
        var meter = new JournalMeter(Source.Mirror.Primary);
        for (var round = 0; round < 3; round++)
        {
            await primary.ExecuteAsync("INSERT INTO mirror_journal (writer, number, tables, entry, written_at) SELECT 'x', COALESCE(MAX(number), 0) + 1, 'item', REPEAT('a', 10), UTC_TIMESTAMP(6) FROM mirror_journal WHERE writer = 'x'");
            await primary.ExecuteAsync("INSERT INTO mirror_journal (writer, number, tables, entry, written_at) SELECT 'x', 1000000 * 10 * (SELECT COUNT(*) FROM mirror_journal) + id, 'item', 'abc', UTC_TIMESTAMP(6) FROM mirror_journal");
            var size = await meter.MeasureAsync(primary, default);
            Assert.That(size.Rows, Is.EqualTo(await primary.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM mirror_journal")));
            Assert.That(size.Bytes, Is.EqualTo(await primary.ExecuteScalarAsync<long>("SELECT SUM(LENGTH(tables) + LENGTH(entry)) FROM mirror_journal")));
        }

        await primary.ExecuteAsync("DELETE FROM mirror_journal ORDER BY id LIMIT 3");
        Assert.That((await meter.MeasureAsync(primary, default)).Rows, Is.EqualTo(await primary.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM mirror_journal")));
        await primary.ExecuteAsync("DELETE FROM mirror_journal");
        Assert.That(await meter.MeasureAsync(primary, default), Is.EqualTo(JournalStatus.Empty));
    }

    private async Task InsertAsync(int rows)
    {
        await using var connection = await Source.OpenConnectionAsync();
        for (var i = 0; i < rows; i++)
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES (UUID())");
    }
}
