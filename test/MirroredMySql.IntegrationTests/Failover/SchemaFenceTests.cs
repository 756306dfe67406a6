using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A schema changes on both nodes in one epoch, or somebody finds out that it has not.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SchemaFenceTests(ServerFlavor flavor) : FencedChangeTest(flavor)
{
    private const string Change = "ALTER TABLE item ADD COLUMN w INT NOT NULL DEFAULT 7";

    [Test]
    public async Task A_process_that_has_missed_an_epoch_changes_no_schema_by_the_former_one([Values] bool async)
    {
        await using var sleeper = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1), Lease = TimeSpan.FromHours(1) });
        await using var late = await sleeper.OpenConnectionAsync();
        late.Execute("INSERT INTO item (v) VALUES ('both')");
        await sleeper.Mirror.Monitor.DisposeAsync();
        await sleeper.Mirror.Heartbeat.DisposeAsync();
        Pair.Standby.Kill();
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await Source.Mirror.Monitor.DisposeAsync();
        await Pair.Standby.StartAsync();
        await Pair.Standby.WaitUntilReadyAsync();

        _ = async ? await late.ExecuteAsync(Change) : late.Execute(Change);

        await using (var standby = Open(Pair.Standby))
            Assert.That(standby.ExecuteScalar<int>(HasColumn), Is.Zero, "a node that takes no part was changed");
        await using var admitting = MakeSource(new MirroredMySqlOptions());
        await using (await admitting.OpenConnectionAsync())
            await Eventually.IsAsync(() => admitting.Status.Mode == MirrorMode.Mirrored);
        await Source.Mirror.ReloadAsync(async: true, CancellationToken.None);
        await AssertInStepAsync(2);
    }

    [Test]
    public async Task A_change_that_has_lost_its_fence_runs_on_no_node_of_another_epoch_and_begins_again()
    {
        await using var other = MakeSource(new MirroredMySqlOptions());
        var reasons = new ConcurrentBag<string>();
        Source.TableSuspected += (_, suspect) => reasons.Add(suspect.Reason);
        await using var connection = await Source.OpenConnectionAsync();
        await using (await other.OpenConnectionAsync())
        {
            using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
            var change = frozen.RunAsync(() => connection.Execute(Change));
            await frozen.Reached;
            await EpochFence.YieldAsync(Source.Mirror, Source.Mirror.Standby, async: true);
            await other.SwitchLeadAsync(NodeRole.Standby);
            frozen.LetGo();
            await change;
        }

        Assert.That(reasons, Does.Contain("ALTER succeeded on the lead and failed on the follower."));
        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 } && Source.Mirror.InDoubt.IsEmpty);
        await using (var standby = Open(Pair.Standby))
            Assert.That(standby.ExecuteScalar<int>(HasColumn), Is.EqualTo(1));
        await AssertSameAsync();
        await AssertNoTraceAsync();
    }

    [Test]
    public async Task The_lead_does_not_change_while_a_schema_changes()
    {
        await using var other = MakeSource(new MirroredMySqlOptions());
        await using var connection = await Source.OpenConnectionAsync();
        await using (await other.OpenConnectionAsync())
        {
            using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
            var change = frozen.RunAsync(() => connection.Execute(Change));
            await frozen.Reached;

            var switching = other.SwitchLeadAsync(NodeRole.Standby);
            await Task.Delay(TimeSpan.FromSeconds(1));
            Assert.That(switching.IsCompleted, Is.False);
            frozen.LetGo();
            await change;
            await switching;
        }

        await Source.Mirror.ReloadAsync(async: true, CancellationToken.None);
        await AssertInStepAsync(0);
    }

    [Test]
    public async Task The_loss_of_a_node_does_not_wait_for_a_schema_change([Values] NodeRole lost)
    {
        await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        await using var writing = await other.OpenConnectionAsync();
        writing.Execute("CREATE TABLE aside (n INT PRIMARY KEY)");
        await using var connection = await Source.OpenConnectionAsync();
        using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
        var change = frozen.RunAsync(() => connection.Execute(Change));
        await frozen.Reached;

        var server = lost == NodeRole.Primary ? Pair.Primary : Pair.Standby;
        server.Kill();
        await writing.ExecuteAsync("INSERT INTO aside VALUES (1)").WaitAsync(TimeSpan.FromSeconds(40));
        frozen.LetGo();
        await change;
        await server.StartAsync();
        await server.WaitUntilReadyAsync();

        foreach (var source in new[] { other, Source })
            await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored && source.Mirror.IsFresh && source.Mirror.InDoubt.IsEmpty);
        foreach (var node in new[] { Pair.Primary, Pair.Standby })
        {
            await using var direct = Open(node);
            Assert.That(direct.ExecuteScalar<bool>(HasColumn), Is.True, node.ToString());
        }

        await AssertInStepAsync(0);
        await AssertNoTraceAsync();
    }

    [Test]
    public async Task A_node_is_not_admitted_while_a_schema_changes_and_nobody_waits_for_that()
    {
        await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        await using var writing = await other.OpenConnectionAsync();
        writing.Execute("CREATE TABLE aside (n INT PRIMARY KEY)");
        await using var connection = await Source.OpenConnectionAsync();
        Pair.Standby.Kill();
        connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
        var change = frozen.RunAsync(() => connection.Execute(Change));
        await frozen.Reached;

        await Pair.Standby.StartAsync();
        await Pair.Standby.WaitUntilReadyAsync();
        var times = new List<TimeSpan>();
        for (var n = 0; n < 20; n++)
        {
            var watch = Stopwatch.StartNew();
            writing.Execute($"INSERT INTO aside VALUES ({n})");
            times.Add(watch.Elapsed);
            await Task.Delay(200);
        }

        Assert.That(times.Order().ElementAt(10), Is.LessThan(TimeSpan.FromSeconds(3)), "half of them");
        Assert.That(other.Status.Mode, Is.Not.EqualTo(MirrorMode.Mirrored));
        frozen.LetGo();
        await change;
        foreach (var source in new[] { other, Source })
            await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored && source.Mirror.IsFresh);
        await AssertInStepAsync(1);
        await AssertNoTraceAsync();
    }

    [Test]
    public async Task A_lost_commit_is_found_out_about_while_a_schema_changes()
    {
        await using var other = MakeSource(new MirroredMySqlOptions());
        await using var writing = await other.OpenConnectionAsync();
        writing.Execute("CREATE TABLE aside (n INT PRIMARY KEY)");
        await using var connection = await Source.OpenConnectionAsync();
        using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
        var change = frozen.RunAsync(() => connection.Execute(Change));
        await frozen.Reached;
        var isCut = 0;
        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.Committing && Interlocked.Exchange(ref isCut, 1) == 0)
                Cut(writing.Session);
        };

        writing.Execute("INSERT INTO aside VALUES (1)");

        frozen.LetGo();
        await change;
        Assert.That(isCut, Is.EqualTo(1));
        Assert.That(other.Status.Epoch, Is.EqualTo(Source.Status.Epoch));
        await AssertInStepAsync(0);
    }

    [TestCase(Change, ProtocolSteps.LeadRan)]
    [TestCase(Change, ProtocolSteps.FollowerRan)]
    [TestCase("CREATE INDEX by_v ON item (v)", ProtocolSteps.LeadRan)]
    [TestCase("TRUNCATE TABLE item", ProtocolSteps.LeadRan)]
    [TestCase("DROP TABLE spare", ProtocolSteps.LeadRan)]
    [TestCase("CREATE TABLE made (n INT PRIMARY KEY)", ProtocolSteps.LeadRan)]
    [TestCase("CREATE TRIGGER counted BEFORE INSERT ON spare FOR EACH ROW SET NEW.n = NEW.n + 1", ProtocolSteps.LeadRan)]
    public async Task A_process_that_dies_in_the_midst_of_a_schema_change_leaves_no_difference(string sql, string step)
    {
        var victim = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1) });
        await using var theirs = await victim.OpenConnectionAsync();
        theirs.Execute("CREATE TABLE spare (n INT PRIMARY KEY); INSERT INTO item (v) VALUES ('one'), ('two')");
        var epoch = Source.Status.Epoch;
        using var frozen = new FrozenProcess(step);
        var change = frozen.RunAsync(() => theirs.Execute(sql));
        await frozen.Reached;

        await DieAsync(victim);

        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored } status && status.Epoch > epoch);
        await AssertSameAsync();
        // Had it only slept: what it sends now must not land.
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('later')");
        frozen.LetGo();
        await change.ContinueWith(_ => { }, TaskScheduler.Default);
        await AssertSameAsync();
        await victim.DisposeAsync();
    }

    [TestCase("UPDATE item SET v = 'alone'")]
    [TestCase(Change)]
    public async Task What_the_lead_has_carried_out_is_in_doubt_where_its_journal_cannot_have_it(string sql)
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(new MirroredMySqlOptions { NodeTimeout = TimeSpan.FromSeconds(2), Lease = TimeSpan.FromSeconds(8), ReconnectInterval = TimeSpan.FromMilliseconds(200) });
        await using (var connection = await source.OpenConnectionAsync())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
            await Eventually.IsAsync(() => source.Mirror.IsFresh);
            // Nobody can say that this one has heard of the loss.
            await using (var lead = Open(Pair.Primary))
                lead.Execute("INSERT INTO mirror_instance SELECT '5tranger', 'elsewhere', '', token, 3600000000, UTC_TIMESTAMP(6) FROM mirror_state");
            if (sql != Change)
                connection.Execute("LOCK TABLES item WRITE");
            using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
            MirroredDbException? error = null;
            var write = frozen.RunAsync(() => error = Assert.Catch<MirroredDbException>(() => connection.Execute(sql)));
            await frozen.Reached;
            Pair.Standby.Kill();
            frozen.LetGo();
            await write;

            Assert.That((error!.IsInDoubt, error.IsTransient), Is.EqualTo((true, false)), error.Message);
            Assert.That(source.Status.Suspects.Select(s => s.Table), Is.EqualTo(new[] { "item" }));
        }

        await using (var lead = Open(Pair.Primary))
            lead.Execute("DELETE FROM mirror_instance WHERE id = '5tranger'");
        await Pair.Standby.StartAsync();
        await Eventually.IsAsync(() => source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 });
        await AssertSameAsync();
    }

    [TestCase(Change)]
    [TestCase("TRUNCATE TABLE item")]
    [TestCase("DROP TABLE spare")]
    [TestCase("CREATE TABLE made (n INT PRIMARY KEY)")]
    public async Task A_process_that_dies_in_the_midst_of_a_schema_change_on_one_node_leaves_no_difference(string sql)
    {
        var victim = MakeSource(new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromHours(1) });
        await using var theirs = await victim.OpenConnectionAsync();
        theirs.Execute("CREATE TABLE spare (n INT PRIMARY KEY); INSERT INTO item (v) VALUES ('one'), ('two')");
        Pair.Standby.Kill();
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        theirs.Execute("INSERT INTO spare VALUES (1)");
        using var frozen = new FrozenProcess(ProtocolSteps.LeadRan);
        var change = frozen.RunAsync(() => theirs.Execute(sql));
        await frozen.Reached;

        await DieAsync(victim, Pair.Primary);
        await Pair.Standby.StartAsync();

        await Eventually.IsAsync(() => Source.Status.Mode == MirrorMode.Mirrored);
        await AssertSameAsync();
        frozen.LetGo();
        await change.ContinueWith(_ => { }, TaskScheduler.Default);
        await AssertSameAsync();
        await victim.DisposeAsync();
    }

    [Test]
    public async Task A_change_whose_answer_from_the_lead_is_lost_is_in_doubt_and_suspect_until_its_table_is_copied()
    {
        await using var outlook = new Outlook(Pair, new MirroredMySqlOptions { HealthCheckInterval = TimeSpan.FromSeconds(1) }, Logs);
        await using var connection = await outlook.Source.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var arrival = outlook.StrayAsync(NodeRole.Primary, "ALTER TABLE", TimeSpan.FromSeconds(2));

        var exception = await Assert.CatchAsync<MirroredDbException>(() => connection.ExecuteAsync(Change));

        Assert.That(exception!.IsInDoubt, Is.True, exception.Message);
        Assert.That(outlook.Source.Status.Suspects.Select(s => s.Table), Is.EqualTo(new[] { "item" }));
        await arrival;
        await using (var primary = Open(Pair.Primary))
            await Eventually.IsAsync(() => primary.ExecuteScalar<bool>(HasColumn));
        await BeAbsentAsync(() => Task.CompletedTask);
        await Eventually.IsAsync(() => outlook.Source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 });
        await using (var standby = Open(Pair.Standby))
            Assert.That(standby.ExecuteScalar<bool>(HasColumn), Is.True);
        await AssertSameAsync();
    }

    [Test]
    public async Task A_schema_change_leaves_nothing_behind_and_the_epoch_as_it_is([Values] bool async)
    {
        await using var connection = await Source.OpenConnectionAsync();
        var epoch = Source.Status.Epoch;

        foreach (var sql in new[]
        {
            Change, "CREATE VIEW seen AS SELECT id FROM item", "CREATE TABLE copied AS SELECT id FROM item", "DROP TABLE copied", "RENAME TABLE item TO renamed",
            "ALTER TABLE renamed RENAME item", "TRUNCATE TABLE item", "DROP VIEW seen",
        })
        {
            _ = async ? await connection.ExecuteAsync(sql) : connection.Execute(sql);
        }

        Assert.That(() => connection.Execute(Change), Throws.InstanceOf<DbException>().And.Not.InstanceOf<MirroredDbException>());
        Assert.That(Source.Status.Epoch, Is.EqualTo(epoch));
        Assert.That(Source.Mirror.InDoubt, Is.Empty);
        Assert.That(Source.Mirror.EpochFences, Is.Empty);
        await AssertNoTraceAsync();
        await AssertSameAsync();
    }

    private const string HasColumn = "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'item' AND COLUMN_NAME = 'w'";

    // Before its COMMITs arrive.
    private void Cut(Session session)
    {
        foreach (var (node, server) in new[] { (session.Mirror.Primary, Pair.Primary), (session.Mirror.Standby, Pair.Standby) })
        {
            using var direct = Open(server);
            direct.Execute($"KILL {session.Of(node)!.ServerThread}");
        }
    }
}
