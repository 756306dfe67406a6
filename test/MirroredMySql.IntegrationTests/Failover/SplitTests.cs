using Dapper;
using Microsoft.Extensions.Logging;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>Both nodes lead alone: one of them counts, and nothing that the other one acknowledged is lost without a trace.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SplitTests(ServerFlavor flavor) : SplitTest(flavor)
{
    [Test]
    public async Task The_node_that_the_policy_names_counts_and_what_the_other_one_wrote_is_set_aside([Values] NodeRole winner)
    {
        await BeginAsync(() => new MirroredMySqlOptions { ConflictResolution = winner == NodeRole.Primary ? ConflictResolution.Primary : ConflictResolution.Standby });
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours'); UPDATE tally SET n = n + 1");
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs'); UPDATE tally SET n = n + 10");
        // Run again on the loser, it reads a table that holds something else there.
        await WriteAsync(winner == NodeRole.Primary ? Ours : Theirs, "CREATE TABLE sums (id INT AUTO_INCREMENT PRIMARY KEY, n INT); INSERT INTO sums (n) SELECT n FROM tally");
        await using (var connection = await Theirs.Source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES (@v)", new { v = "it's theirs" });

        Meet();

        await AssertMendedAsync(winner, winner == NodeRole.Primary ? ["ours"] : ["theirs", "it's theirs"]);
        var lost = SetAside(winner);
        Assert.That(lost, Has.Count.EqualTo(winner == NodeRole.Primary ? 3 : 2));
        Assert.That(lost, Has.Some.Contains(winner == NodeRole.Primary ? "VALUES ('theirs')" : "VALUES ('ours')").And.Some.Contains("UPDATE tally"));
        if (winner == NodeRole.Primary)
            Assert.That(lost, Has.Some.Contains("VALUES (@v); -- @v = 'it''s theirs'"));
        Assert.That(Logs.Entries.Where(e => e.Level == LogLevel.Error).Select(e => e.Message), Has.Some.Contains("mirror_conflict").And.Contains($" {lost.Count} "));
        await using var direct = Open(Pair.Primary);
        Assert.That(direct.ExecuteScalar<int>("SELECT n FROM sums"), Is.EqualTo(winner == NodeRole.Primary ? 1 : 10));
    }

    [Test]
    public async Task Whoever_sees_only_the_node_that_loses_goes_on_until_it_is_told_and_loses_no_acknowledged_write()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");
        var acknowledged = 1;

        Ours.Find(NodeRole.Standby);
        var deadline = DateTime.UtcNow.AddMinutes(1);
        try
        {
            while (DateTime.UtcNow < deadline)
            {
                await WriteAsync(Theirs, $"INSERT INTO item (v) VALUES ('theirs {acknowledged}')");
                acknowledged++;
            }

            Assert.Fail("They were never told.");
        }
        catch (MirroredDbException e)
        {
            Assert.That(e.IsInDoubt, Is.False, e.Message);
        }

        Assert.That(Pair.Standby.IsRunning, Is.True);
        Theirs.Find(NodeRole.Primary);
        await AssertMendedAsync(NodeRole.Primary, "ours");
        Assert.That(SetAside(NodeRole.Primary), Has.Count.EqualTo(acknowledged));
    }

    [Test]
    public async Task A_process_that_dies_between_setting_aside_and_telling_the_loser_loses_and_doubles_nothing()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");
        var before = Row(Pair.Standby);
        var deaths = 0;
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.SetAside)
                return;
            Interlocked.Increment(ref deaths);
            throw new IOException("It dies here.");
        };

        // Only ours sees both, so that the loser's side goes on.
        Ours.Find(NodeRole.Standby);
        await Eventually.IsAsync(() => Volatile.Read(ref deaths) >= 2);
        Assert.That(Row(Pair.Standby), Is.EqualTo(before));
        Assert.That(SetAside(NodeRole.Primary), Has.Count.EqualTo(1));
        await using (var direct = Open(Pair.Primary))
            Assert.That(direct.Query<string>("SELECT name FROM mirror_suspect"), Is.EqualTo(new[] { "item" }));
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs too')");
        ProtocolSteps.Observer = null;
        Theirs.Find(NodeRole.Primary);

        await AssertMendedAsync(NodeRole.Primary, "ours");
        Assert.That(SetAside(NodeRole.Primary), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_commit_that_reached_only_the_loser_when_the_nodes_parted_is_named()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await WriteAsync(Theirs, "INSERT INTO tally VALUES (2, 0)");
        await using (var direct = Open(Pair.Standby))
            await direct.ExecuteAsync("INSERT INTO mirror_writer SELECT 'its writer', 1, previous, 'item', 'dead' FROM mirror_state; INSERT INTO item (v) VALUES ('half')");

        Meet();

        await AssertMendedAsync(NodeRole.Primary, "ours");
        Assert.That(SetAside(NodeRole.Primary), Has.Count.EqualTo(2).And.Some.Contains("committed on this node only"));
    }

    [Test]
    public async Task With_nobody_to_decide_nothing_is_read_or_written_until_somebody_does([Values] NodeRole winner)
    {
        await BeginAsync(() => new MirroredMySqlOptions { ConflictResolution = ConflictResolution.Manual });
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");
        var (primary, standby) = (Row(Pair.Primary), Row(Pair.Standby));
        Meet();

        foreach (var outlook in new[] { Ours, Theirs })
        {
            await Eventually.IsAsync(() => outlook.Source.Status.Mode == MirrorMode.SplitBrain);
            Assert.That((outlook.Source.Status.Primary.IsInStep, outlook.Source.Status.Standby.IsInStep), Is.EqualTo((false, false)));
            foreach (var sql in new[] { "INSERT INTO item (v) VALUES ('never')", "DO 1", "SELECT 1" })
                Assert.That(() => WriteAsync(outlook, sql), Throws.InstanceOf<MirroredDbException>().With.Message.Contains(nameof(MirroredDbDataSource.ResolveSplitAsync)));
        }

        Assert.That((Row(Pair.Primary), Row(Pair.Standby)), Is.EqualTo((primary, standby)));
        await Theirs.Source.ResolveSplitAsync(winner);

        await AssertMendedAsync(winner, winner == NodeRole.Primary ? "ours" : "theirs");
        Assert.That(SetAside(winner), Has.Count.EqualTo(1));
        Assert.That(() => Ours.Source.ResolveSplitAsync(winner), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("not at odds"));
    }

    [Test]
    public async Task No_policy_overwrites_what_a_node_wrote_whose_journal_is_given_up()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs'); INSERT INTO tally VALUES (2, 2)");
        await using (var direct = Open(Pair.Standby))
            await direct.ExecuteAsync("INSERT INTO mirror_suspect VALUES ('*', 'too much was missed', NOW()); UPDATE mirror_state SET mode = 'Resyncing'; DELETE FROM mirror_journal");

        Ours.Find(NodeRole.Standby);

        await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.SplitBrain);
        Assert.That(() => WriteAsync(Ours, "DO 1"), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("given its journal up"));
        await Ours.Source.ResolveSplitAsync(NodeRole.Primary);
        Theirs.Find(NodeRole.Primary);
        await AssertMendedAsync(NodeRole.Primary, "ours");
    }

    [Test]
    public async Task A_split_is_not_forgotten_when_one_node_is_away_again()
    {
        await BeginAsync(() => new MirroredMySqlOptions { ConflictResolution = ConflictResolution.Manual });
        await PartAsync();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");
        Ours.Find(NodeRole.Standby);
        await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.SplitBrain);

        await Ours.LoseAsync(NodeRole.Standby);
        await Ours.Source.Mirror.ReloadAsync(async: true, CancellationToken.None);

        Assert.That(Ours.Source.Status.Mode, Is.EqualTo(MirrorMode.SplitBrain));
    }

    [Test]
    public async Task Rows_that_do_not_come_from_each_other_are_for_an_operator_and_everything_is_copied()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await using (var direct = Open(Pair.Standby))
            await direct.ExecuteAsync("UPDATE mirror_state SET token = REPEAT('a', 32), previous = REPEAT('b', 32); DELETE FROM item WHERE v = 'both'; INSERT INTO tally VALUES (9, 9)");
        await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.SplitBrain && Theirs.Source.Status.Mode == MirrorMode.SplitBrain);
        Assert.That(() => WriteAsync(Ours, "DELETE FROM item"), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("restore"));

        await Ours.Source.ResolveSplitAsync(NodeRole.Primary);

        await AssertMendedAsync(NodeRole.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item WHERE v = 'both'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Rows_between_which_epochs_have_come_and_gone_are_no_split()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await Theirs.DisposeAsync();
        await Ours.Source.Mirror.Monitor.DisposeAsync();
        await Ours.Source.Mirror.Heartbeat.DisposeAsync();
        var isChanged = 0;
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.RowRead || Interlocked.Exchange(ref isChanged, 1) != 0)
                return;
            foreach (var server in new[] { Pair.Primary, Pair.Standby })
            {
                using var direct = Open(server);
                foreach (var token in new[] { 'a', 'b' })
                    direct.Execute($"UPDATE mirror_state SET previous = token, token = REPEAT('{token}', 32), epoch = epoch + 1");
            }
        };

        var formation = await Ours.Source.Mirror.ReloadAsync(async: true, CancellationToken.None);

        Assert.That((isChanged, formation.Refusal is null, formation.Token), Is.EqualTo((1, true, new string('b', 32))));
    }

    [Test]
    public async Task A_node_that_comes_back_as_it_was_long_ago_is_copied_whole()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await Theirs.DisposeAsync();
        await Ours.LoseAsync(NodeRole.Standby);
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        await using (var direct = Open(Pair.Standby))
            await direct.ExecuteAsync("UPDATE mirror_state SET epoch = 0, token = REPEAT('a', 32), previous = REPEAT('b', 32); DELETE FROM item WHERE v = 'both'");

        Ours.Find(NodeRole.Standby);

        await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.Mirrored);
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    [Test]
    public async Task A_process_that_dies_between_the_two_rows_of_an_admission_leaves_both_nodes_in_step()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await Theirs.DisposeAsync();
        await Ours.LoseAsync(NodeRole.Standby);
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours')");
        var died = new TaskCompletionSource();
        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.Admitting && died.TrySetResult())
                throw new IOException("It dies here.");
        };
        Ours.Find(NodeRole.Standby);
        await died.Task.WaitAsync(TimeSpan.FromMinutes(1));

        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('ours too')");

        await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.Mirrored);
        Assert.That(Row(Pair.Primary), Is.EqualTo(Row(Pair.Standby)));
        Assert.That(Ours.Source.Status.Suspects, Is.Empty);
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
    }

    [Test]
    public async Task A_connection_that_is_lost_while_it_is_opened_is_no_lost_node([Values] NodeRole role, [Values] bool async)
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        var before = Ours.Source.Status;
        Ours.ResetNext(role);
        var connections = new List<MirroredDbConnection>();
        try
        {
            // All at once: what the pool has left is used up soon.
            for (var i = 0; i < 6; i++)
            {
                connections.Add(async ? await Ours.Source.OpenConnectionAsync() : Ours.Source.OpenConnection());
                _ = async ? await connections[i].ExecuteAsync("INSERT INTO item (v) VALUES ('ours')") : connections[i].Execute("INSERT INTO item (v) VALUES ('ours')");
            }
        }
        finally
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
        }

        Assert.That(Ours.HasReset(role), Is.True);
        Assert.That((Ours.Source.Status.Mode, Ours.Source.Status.Lead, Ours.Source.Status.Epoch), Is.EqualTo((before.Mode, before.Lead, before.Epoch)));
        await AssertMendedAsync(NodeRole.Primary, [.. Enumerable.Repeat("ours", 6)]);
    }

    [Test]
    [Repeat(5)]
    public async Task What_a_process_found_out_about_a_node_says_nothing_once_another_one_has_taken_it_back()
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        using (new HeldReturn())
        {
            await Theirs.LoseAsync(NodeRole.Standby);
            await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");
        }

        await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.Mirrored);

        Assert.That(await Theirs.Source.Mirror.Standby.Watch.AskAsync(), Is.Not.Null);
        Theirs.Find(NodeRole.Standby);
        await Theirs.Source.Mirror.ReloadAsync(async: true, CancellationToken.None);
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs too')");

        await AssertMendedAsync(NodeRole.Primary, "theirs", "theirs too");
    }

    [Test]
    public async Task What_is_about_to_be_found_out_about_a_node_says_nothing_once_another_process_has_taken_it_back()
    {
        await BeginAsync(() => new MirroredMySqlOptions { NodeTimeout = TimeSpan.FromMinutes(1), Lease = TimeSpan.FromMinutes(10), HealthCheckInterval = TimeSpan.FromHours(1) });
        var before = Ours.Source.Status;
        var watch = Ours.Source.Mirror.Standby.Watch;
        var connections = Ours.ConnectionsTo(NodeRole.Standby);
        Ours.Deafen(NodeRole.Standby);
        var asking = watch.AskAsync();
        await Eventually.IsAsync(() => Ours.ConnectionsTo(NodeRole.Standby) > connections);

        watch.Reset();
        Ours.Find(NodeRole.Standby);

        Assert.That(await asking, Is.Null);
        Assert.That((watch.Silence, Ours.Source.Status.Epoch), Is.EqualTo(((MirroredDbException?)null, before.Epoch)));
        await AssertMendedAsync(NodeRole.Primary);
    }
}
