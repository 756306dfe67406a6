using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>What the status and the events tell while a node goes and comes back.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class StatusTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    [Test]
    public async Task Whoever_watches_hears_of_every_change_in_its_order()
    {
        var events = Source.WatchAsync();
        await using var connection = await Source.OpenConnectionAsync();
        var before = Source.Status.Epoch;
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Pair.Standby.Kill();
        connection.Execute("INSERT INTO item (v) VALUES ('alone')");
        await Pair.Standby.StartAsync();

        var heard = new List<MirrorEvent>();
        await foreach (var what in events)
        {
            heard.Add(what);
            if (what.Mode == MirrorMode.Mirrored && what.Epoch > before)
                break;
        }

        Assert.That(heard.Select(e => e.Mode), Is.EqualTo(new[] { MirrorMode.Solo, MirrorMode.CatchingUp, MirrorMode.Mirrored }));
        Assert.That(heard.Select(e => e.Epoch), Is.EqualTo(new[] { before + 1, before + 1, before + 2 }));
        Assert.That(heard[0].Text, Does.Contain("the standby was lost while"));
    }

    [Test]
    public void Commits_are_counted_by_what_became_of_them()
    {
        using var connection = Source.OpenConnection();
        var before = Source.Status.Commits;
        connection.Execute("INSERT INTO item (v) VALUES ('both')");
        Assert.That(Source.Status.Commits, Is.EqualTo(before with { OnBoth = before.OnBoth + 1 }));
        Assert.That(Source.Status.Commits.SuccessRate, Is.EqualTo(1));
        Pair.Standby.Kill();
        connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        Assert.That(Source.Status.Commits, Is.EqualTo(before with { OnBoth = before.OnBoth + 1, OnOne = before.OnOne + 1 }));
        Assert.That(Source.Status.Commits.SuccessRate, Is.LessThan(1));
    }

    [Test]
    public async Task What_an_absent_node_misses_is_measured_until_it_has_it()
    {
        await using var connection = await Source.OpenConnectionAsync();
        Assert.That(Source.Status.Journal.Rows, Is.Zero);
        Pair.Standby.Kill();
        for (var i = 0; i < 3; i++)
            connection.Execute("INSERT INTO item (v) VALUES ('alone')");

        await Eventually.IsAsync(() => Source.Status.Journal is { Rows: 3, Bytes: > 0, Oldest: not null });
        await Pair.Standby.StartAsync();
        await Eventually.IsAsync(() => Source.Status is { Mode: MirrorMode.Mirrored, Journal: { Rows: 0, Oldest: null } });
    }

    [Test]
    public async Task Each_node_tells_how_long_it_takes_to_answer()
    {
        await using var connection = await Source.OpenConnectionAsync();

        await Eventually.IsAsync(() => Source.Status is { Primary.Latency: not null, Standby.Latency: not null });
    }

    [Test]
    public async Task Watching_ends_with_the_data_source()
    {
        var events = Source.WatchAsync();
        await Source.DisposeAsync();

        await foreach (var what in events)
            Assert.Fail($"{what} came after the end.");
    }
}
