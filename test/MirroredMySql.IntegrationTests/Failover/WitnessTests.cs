using System.Data.Common;
using System.Diagnostics;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A third server gives its word to one node: both never go on alone, and without the witness none does.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class WitnessTests(ServerFlavor flavor) : SplitTest(flavor)
{
    private LocalServer _witness = null!;

    [OneTimeSetUp]
    public async Task StartWitness() => _witness = await LocalServer.StartAsync(Pair.Primary.Flavor);

    [OneTimeTearDown]
    public async Task StopWitness() => await _witness.DisposeAsync();

    [SetUp]
    public async Task ResumeWitness()
    {
        _witness.Resume();
        if (!_witness.IsRunning)
            await _witness.StartAsync();
        await _witness.WaitUntilReadyAsync();
    }

    [Test]
    public async Task Of_two_nodes_that_claim_an_epoch_at_once_exactly_one_is_granted()
    {
        var random = new Random(4);
        await using var first = Open(_witness);
        await using var second = Open(_witness);
        var winners = new HashSet<bool>();
        for (var round = 0; round < 150; round++)
        {
            var names = Enumerable.Range(0, 5).Select(_ => Guid.NewGuid().ToString("N")).ToArray();
            // Both stand in one epoch, or a change has reached one of them only.
            var isAhead = random.Next(2) == 0;
            string[] ours = [.. new[] { names[0], names[1], names[2] }.Order(StringComparer.Ordinal)];
            string[] theirs = [.. (isAhead ? new[] { names[1], names[3], names[4] } : [names[0], names[1], names[4]]).Order(StringComparer.Ordinal)];
            using var start = new Barrier(2);

            var granted = await Task.WhenAll(
                Task.Run(() => ClaimAtOnce(start, first, ours, NodeRole.Primary)), Task.Run(() => ClaimAtOnce(start, second, theirs, NodeRole.Standby)));

            Assert.That(granted.Count(g => g), Is.EqualTo(1), $"round {round}");
            winners.Add(granted[0]);
            Assert.That(Witness.Claim(first, granted[0] ? ours : theirs, granted[0] ? NodeRole.Primary : NodeRole.Standby), Is.True, "what was granted stays so");
            Assert.That(Witness.Claim(first, granted[0] ? theirs : ours, granted[0] ? NodeRole.Standby : NodeRole.Primary), Is.False);
        }

        Assert.That(winners, Has.Count.EqualTo(2), "the race is a race");
    }

    [Test]
    public async Task Only_one_side_of_a_parted_network_goes_on()
    {
        await BeginAsync(Options);
        await PartAsync();
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");

        foreach (var sql in new[] { "INSERT INTO item (v) VALUES ('ours')", "DELETE FROM item" })
            Assert.That(() => WriteAsync(Ours, sql), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("witness").And.Message.Contains("word to the other node"));
        Assert.That(Row(Pair.Primary).Mode, Is.EqualTo(MirrorMode.Mirrored));

        Meet();
        await AssertMendedAsync(NodeRole.Standby, "theirs");
        await using var direct = Open(Pair.Standby);
        Assert.That(direct.ExecuteScalar<int>("SELECT COUNT(*) FROM mirror_conflict"), Is.Zero);
    }

    [Test]
    public async Task A_node_that_was_brought_back_may_take_the_lead_as_before()
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(Options());
        await using var connection = await source.OpenConnectionAsync();
        foreach (var server in new[] { Pair.Standby, Pair.Primary, Pair.Standby })
        {
            server.Kill();
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')");
            Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
            await server.StartAsync();
            await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored);
        }

        Assert.That(connection.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(3));
    }

    [Test]
    public async Task Without_the_witness_no_node_goes_on_alone_and_both_together_do([Values] bool async, [Values] bool hangs)
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(Options());
        await using var connection = await source.OpenConnectionAsync();
        if (hangs)
            _witness.Suspend();
        else
            _witness.Kill();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('both')");
        await using (var late = MakeSource(Options()))
            await using (var other = await late.OpenConnectionAsync())
                await other.ExecuteAsync("INSERT INTO item (v) VALUES ('late')");
        Assert.That(Logs.Entries.Select(e => e.Message), Has.Some.Contains("witness").And.Some.Contains("no node can go on alone"));

        Pair.Standby.Kill();
        var watch = Stopwatch.StartNew();
        var error = async
            ? await Assert.ThrowsAsync<MirroredDbException>(() => connection.ExecuteAsync("INSERT INTO item (v) VALUES ('never')"))
            : Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('never')"));
        Assert.That(error!.Message, Does.Contain($"witness (127.0.0.1:{_witness.Port}/").And.Contain(nameof(MirroredMySqlOptions.Witness)));
        Assert.That(error.IsTransient, Is.True);
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(40)));

        await _witness.StartAsync();
        await Eventually.IsAsync(() =>
        {
            try
            {
                connection.Execute("INSERT INTO item (v) VALUES ('alone')");
                return true;
            }
            catch (DbException)
            {
                return false;
            }
        });
        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Solo));
    }

    [Test]
    public async Task What_one_node_has_committed_is_in_doubt_where_the_other_may_not_be_left_out([Values] NodeRole lost, [Values] bool inTransaction)
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(Options());
        await using var connection = await source.OpenConnectionAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('both')");
        var epoch = source.Status.Epoch;
        var (dead, left) = lost == NodeRole.Primary ? (Pair.Primary, Pair.Standby) : (Pair.Standby, Pair.Primary);
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.Committing || !dead.IsRunning)
                return;
            _witness.Kill();
            dead.Kill();
        };

        await using (var transaction = inTransaction ? await connection.BeginTransactionAsync() : null)
        {
            var error = await Assert.CatchAsync<MirroredDbException>(async () =>
            {
                await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('in doubt')", transaction: transaction);
                await (transaction?.CommitAsync() ?? Task.CompletedTask);
            });
            Assert.That((error!.IsInDoubt, error.IsTransient), Is.EqualTo((true, false)), error.Message);
        }

        ProtocolSteps.Observer = null;
        await using (var direct = Open(left))
            Assert.That(direct.QuerySingle<(long, int)>("SELECT epoch, (SELECT COUNT(*) FROM item) FROM mirror_state"), Is.EqualTo((epoch, 2)));
        await Task.WhenAll(_witness.StartAsync(), dead.StartAsync());
        await Eventually.IsAsync(() => source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 } && source.Mirror.InDoubt.IsEmpty);
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        // The primary decides; where it was the one that was lost, it depends on whether the witness is back before it.
        Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), lost == NodeRole.Primary ? Is.InRange(1, 2) : Is.EqualTo(2));
    }

    [Test]
    public async Task A_node_is_no_witness([Values] NodeRole node)
    {
        await Source.DisposeAsync();
        var server = node == NodeRole.Primary ? Pair.Primary : Pair.Standby;
        var alias = new DbConnectionStringBuilder { ConnectionString = server.ConnectionString, ["Server"] = "localhost" };
        var options = Options();
        options.Witness = alias.ConnectionString;
        await using var source = MakeSource(options);

        Assert.That(() => source.OpenConnection(), Throws.InstanceOf<MirroredDbException>().With.Message.Contains(node.Name()).And.Message.Contains("server of its own"));
    }

    [Test]
    public async Task Neither_starting_alone_nor_force_goes_behind_the_witness()
    {
        await BeginAsync(Options);
        await PartAsync();
        await WriteAsync(Theirs, "INSERT INTO item (v) VALUES ('theirs')");
        Pair.Standby.Kill();

        var options = Options();
        options.StartAlone = true;
        await using var late = MakeSource(options);
        Assert.That(() => late.OpenConnection(), Throws.InstanceOf<MirroredDbException>().With.Message.Contains("word to the other node"));
        var refused = await Assert.ThrowsAsync<MirroredDbException>(() => late.SwitchLeadAsync(NodeRole.Primary, force: true));
        Assert.That(refused!.Message, Does.Contain("DELETE FROM mirror_witness"));

        // What the message says to do where the other node is gone for good.
        await using (var direct = Open(_witness))
            await direct.ExecuteAsync(refused.Message.Split('"')[1]);
        await late.SwitchLeadAsync(NodeRole.Primary, force: true);
        await using var connection = await late.OpenConnectionAsync();
        Assert.That(connection.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(3));
    }

    private MirroredMySqlOptions Options() => new()
    {
        FailoverPolicy = FailoverPolicy.WitnessRequired, Witness = _witness.ConnectionString, ReconnectInterval = TimeSpan.FromMilliseconds(200),
    };

    private static bool ClaimAtOnce(Barrier start, DbConnection connection, string[] tokens, NodeRole role)
    {
        start.SignalAndWait();
        return Witness.Claim(connection, tokens, role);
    }
}
