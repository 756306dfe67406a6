using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A follower is out for a while and its server runs on, so that whoever is connected to it stays so: nothing that it missed is missed later.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class AbsentFollowerTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    [Test]
    public async Task A_transaction_that_was_open_meanwhile_is_whole_on_both([Values] bool writesAfterwards)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('on both')", transaction: transaction);
        await BeAbsentAsync(() => connection.ExecuteAsync("INSERT INTO item (v) VALUES ('on one')", transaction: transaction));
        if (writesAfterwards)
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('on both again')", transaction: transaction);
        await transaction.CommitAsync();

        await AssertInStepAsync(writesAfterwards ? 3 : 2);
    }

    [Test]
    public async Task What_a_session_has_set_meanwhile_holds_on_both()
    {
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('both are connected')");
        await BeAbsentAsync(() => connection.ExecuteAsync("SET time_zone = '+05:00'"));
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES (FROM_UNIXTIME(86400))");
        await connection.ExecuteAsync("SET time_zone = DEFAULT");

        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_buffer_that_is_filled_anew_within_a_transaction_is_journaled_with_what_it_held()
    {
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE TABLE page (id INT PRIMARY KEY, b VARBINARY(4))");
        await BeAbsentAsync(async () =>
        {
            var buffer = new byte[4];
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var id in new[] { 1, 2 })
            {
                Array.Fill(buffer, (byte)id);
                await connection.ExecuteAsync("INSERT INTO page VALUES (@id, @buffer)", new { id, buffer }, transaction);
            }

            Array.Fill(buffer, (byte)3);
            await transaction.CommitAsync();
        });

        await AssertInStepAsync(0);
        await using var standby = Open(Pair.Standby);
        Assert.That(standby.Query<string>("SELECT HEX(b) FROM page ORDER BY id"), Is.EqualTo(new[] { "01010101", "02020202" }));
    }

    [Test]
    public async Task What_was_derived_from_a_half_commit_is_copied_as_well()
    {
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE TABLE derived (id INT PRIMARY KEY, v VARCHAR(40)); CREATE TABLE apart (id INT PRIMARY KEY)");
        await using (var direct = Open(Pair.Primary))
            await direct.ExecuteAsync("INSERT INTO item (v) VALUES ('half'); INSERT INTO mirror_writer SELECT 'its writer', 1, token, 'item', 'dead' FROM mirror_state");
        var copied = new List<string>();
        Source.Mirror.Suspects.Added += suspect => copied.Add(suspect.Table);
        await BeAbsentAsync(() => connection.ExecuteAsync("INSERT INTO derived SELECT id, v FROM item; INSERT INTO apart VALUES (1)"));

        await AssertInStepAsync(1);
        Assert.That(copied.Distinct(), Is.EquivalentTo(new[] { "item", "derived" }));
    }

    [Test]
    public async Task A_suspect_view_is_not_written_through()
    {
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE VIEW ids AS SELECT id FROM item; INSERT INTO item (v) VALUES ('not seen through the view')");
        Source.Mirror.Suspects.Add(["ids"], "a test says so");
        await BeAbsentAsync(() => Task.CompletedTask);

        await AssertInStepAsync(1);
    }

    [Test]
    public async Task What_a_node_has_committed_alone_is_known_when_its_entry_has_left_the_journal([Values] bool inTransaction)
    {
        var options = new MirroredMySqlOptions { NodeTimeout = TimeSpan.FromMinutes(1), Lease = TimeSpan.FromMinutes(5) };
        await using var outlook = new Outlook(Pair, options, Logs);
        await using var connection = await outlook.Source.OpenConnectionAsync();
        // Nobody finds out meanwhile that the lead says nothing.
        outlook.Source.Mirror.Primary.Watch.Dispose();
        Pair.Standby.Kill();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('the first one alone')");
        var isLost = false;
        Task back = Task.CompletedTask;
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.Committing || isLost)
                return;
            isLost = true;
            outlook.Deafen(NodeRole.Primary);
            back = Task.Run(async () =>
            {
                await using var lead = Open(Pair.Primary);
                await Eventually.IsAsync(() => lead.ExecuteScalar<bool>("SELECT EXISTS(SELECT 1 FROM item WHERE v = 'written')"));
                await Pair.Standby.StartAsync();
                await Eventually.IsAsync(() => Source.Status.Mode == MirrorMode.Mirrored);
                outlook.Find(NodeRole.Primary);
            });
        };
        try
        {
            var transaction = inTransaction ? await connection.BeginTransactionAsync() : null;
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('written')", transaction: transaction);
            if (transaction is not null)
                await transaction.CommitAsync();
        }
        finally
        {
            ProtocolSteps.Observer = null;
            await back;
        }

        Assert.That(isLost, Is.True);
        await AssertInStepAsync(2);
    }
}
