using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>A process that brings a node back may end at any step: the next one goes on from there, and nothing is lost or done twice.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class BrokenOffTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    private const int Missed = 12;

    [TestCase(ProtocolSteps.NodeReceived)]
    [TestCase(ProtocolSteps.EntryRan)]
    [TestCase(ProtocolSteps.ChangeBegun)]
    [TestCase(ProtocolSteps.EntriesCommitted)]
    [TestCase(ProtocolSteps.BatchCommitted)]
    [TestCase(ProtocolSteps.BatchRemoved)]
    [TestCase(ProtocolSteps.BarrierTaken)]
    [TestCase(ProtocolSteps.SuspectsCopied)]
    [TestCase(ProtocolSteps.Admitting)]
    [TestCase(ProtocolSteps.NodeAdmitted)]
    public async Task A_process_that_ends_while_it_brings_a_node_back_leaves_nothing_half_done(string step)
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
        {
            for (var i = 0; i < Missed; i++)
                await connection.ExecuteAsync("INSERT INTO item (v) VALUES (UUID())");
            await connection.ExecuteAsync("UPDATE item SET n = n + 1");
            await connection.ExecuteAsync("ALTER TABLE item ADD UNIQUE (v)"); // a second run would add another one
            await connection.ExecuteAsync("UPDATE item SET n = n + 10");
        }

        var deaths = 0;
        ProtocolSteps.Observer = reached =>
        {
            if (reached == step && Interlocked.Increment(ref deaths) <= 2)
                throw new ProcessDied();
        };
        await Pair.Standby.StartAsync();
        await UntilAsync(() => Volatile.Read(ref deaths) > 0, $"reached {step}");
        await UntilMirroredAsync();

        await AssertIdenticalAsync();
        await using var standby = Open(Pair.Standby);
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM item WHERE n = 11"), Is.EqualTo(Missed + 1));
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT COUNT(DISTINCT INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'item'"), Is.EqualTo(2));
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM mirror_applied"), Is.Zero);
    }

    [Test]
    public async Task Another_process_goes_on_where_one_has_ended()
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
        {
            for (var i = 0; i < Missed; i++)
                await connection.ExecuteAsync("INSERT INTO item (v) VALUES (UUID()); UPDATE item SET n = n + 1");
        }

        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.BatchCommitted)
                throw new ProcessDied();
        };
        await Pair.Standby.StartAsync();
        await UntilAsync(() => Applied() > 0, "a batch is on the standby");
        await Source.DisposeAsync();
        ProtocolSteps.Observer = null;
        await using var other = MakeSource(Options());
        await using (var _ = await other.OpenConnectionAsync())
            await UntilAsync(() => other.Status.Mode == MirrorMode.Mirrored, "in step again");

        Assert.That(other.Status.Suspects, Is.Empty);
        await AssertIdenticalAsync();

        int Applied()
        {
            using var standby = Open(Pair.Standby);
            return standby.ExecuteScalar<int>("SELECT COUNT(*) FROM mirror_applied");
        }
    }

    [Test]
    public async Task An_entry_that_is_committed_behind_later_ones_is_not_left_out()
    {
        await GoSoloAsync();
        await using var slow = Open(Pair.Primary);
        var write = $"UPDATE item SET n = n + 1 WHERE id = {await slow.ExecuteScalarAsync<int>("SELECT id FROM item")}";
        await using (var connection = await Source.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(write);
            // Another writer's entry of the same has its number, and is committed when those behind it have been replayed.
            var entry = await slow.QuerySingleAsync("SELECT tables, entry FROM mirror_journal ORDER BY id DESC LIMIT 1");
            await slow.ExecuteAsync($"BEGIN; {write}; INSERT INTO mirror_journal (writer, number, tables, entry, written_at) VALUES ('slow', 1, @tables, @entry, UTC_TIMESTAMP(6))", new { tables = (string)entry.tables, entry = (byte[])entry.entry });
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('behind it')");
        }

        var isCommitted = 0;
        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.BatchCommitted && Interlocked.Exchange(ref isCommitted, 1) == 0)
                slow.Execute("COMMIT");
        };
        await Pair.Standby.StartAsync();
        await UntilMirroredAsync();

        Assert.That(isCommitted, Is.EqualTo(1));
        await AssertIdenticalAsync();
        await using var standby = Open(Pair.Standby);
        Assert.That(await standby.ExecuteScalarAsync<int>("SELECT n FROM item WHERE v = 'the first one alone'"), Is.EqualTo(2));
    }

    [Test]
    public async Task An_entry_that_cannot_be_read_stops_the_way_back_and_is_not_left_out()
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('of a newer version'); INSERT INTO item (v) VALUES ('behind it')");
        await using var primary = Open(Pair.Primary);
        await primary.ExecuteAsync("""UPDATE mirror_journal SET entry = REPLACE(entry, '"Version":', '"Version":9') WHERE entry LIKE '%of a newer%'""");
        await Pair.Standby.StartAsync();
        await UntilAsync(() => Warnings.Any(w => w.Contains("could not be brought back", StringComparison.Ordinal)) && Source.Status.Standby.LastError?.Contains("cannot be read", StringComparison.Ordinal) == true, "says so");

        Assert.That(Source.Status.Standby.LastError, Does.Contain("mirror_journal").And.Contain("primary").And.Contain("version 9"));
        Assert.That(Source.Status.Mode, Is.Not.EqualTo(MirrorMode.Mirrored));
        await using (var standby = Open(Pair.Standby))
            Assert.That(await standby.QueryAsync<string>("SELECT v FROM item"), Is.EqualTo(new[] { "the first one alone" }), "what stands before it is there, and nothing else");
        await primary.ExecuteAsync("""UPDATE mirror_journal SET entry = REPLACE(entry, '"Version":9', '"Version":')""");
        await UntilMirroredAsync();
        await AssertIdenticalAsync();
    }
}
