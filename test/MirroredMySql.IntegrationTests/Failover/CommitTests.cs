using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>What happens to a node just as COMMIT is sent there.</summary>
public enum CommitFault
{
    None,

    /// <summary>It has committed, and the connection breaks before it says so.</summary>
    AnswerLost,

    /// <summary>The connection ends before COMMIT arrives.</summary>
    ConnectionLost,

    /// <summary>The server dies before COMMIT arrives.</summary>
    ServerLost,
}

/// <summary>Everything that two COMMITs can come to: what the caller is told is what both nodes hold in the end.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class CommitTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string Write = "INSERT INTO item (v) VALUES ('written')";

    private readonly List<Task> _faults = [];
    private Outlook _outlook = null!;

    /// <summary>What the caller is told.</summary>
    private enum Word
    {
        Committed,
        RunAgain,
        InDoubt,
    }

    [SetUp]
    public async Task OpenOutlook()
    {
        await Source.DisposeAsync();
        _outlook = new Outlook(Pair, new MirroredMySqlOptions(), Logs);
        await using var connection = await _outlook.Source.OpenConnectionAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('before')");
    }

    [TearDown]
    public async Task CloseOutlook()
    {
        ProtocolSteps.Observer = null;
        await _outlook.DisposeAsync();
    }

    [Test]
    public async Task Both_nodes_hold_what_the_caller_is_told([Values] CommitFault onLead, [Values] CommitFault onFollower, [Values] bool inTransaction)
    {
        var word = await WriteAsync(inTransaction, async: !inTransaction, (NodeRole.Primary, onLead), (NodeRole.Standby, onFollower));

        Assert.That(word, Is.EqualTo(onLead switch
        {
            CommitFault.None or CommitFault.AnswerLost => Word.Committed,
            CommitFault.ServerLost => onFollower is CommitFault.None or CommitFault.AnswerLost ? Word.Committed : Word.InDoubt,
            _ => inTransaction ? Word.RunAgain : Word.Committed,
        }));
        await AssertHeldAsync(word);
    }

    [Test]
    public async Task A_node_alone_and_the_one_that_comes_back_hold_what_the_caller_is_told([Values] CommitFault onLead, [Values] bool inTransaction)
    {
        Pair.Standby.Kill();
        await using (var connection = await _outlook.Source.OpenConnectionAsync())
            await connection.ExecuteAsync("UPDATE item SET v = 'alone'");
        Assert.That(_outlook.Source.Status.Mode, Is.EqualTo(MirrorMode.Solo));

        var word = await WriteAsync(inTransaction, async: inTransaction, (NodeRole.Primary, onLead));

        Assert.That(word, Is.EqualTo(onLead switch
        {
            CommitFault.None or CommitFault.AnswerLost => Word.Committed,
            CommitFault.ServerLost => Word.InDoubt,
            _ => inTransaction ? Word.RunAgain : Word.Committed,
        }));
        await AssertHeldAsync(word);
    }

    [Test]
    public async Task A_COMMIT_that_is_still_on_its_way_when_its_connection_breaks_never_lands([Values] NodeRole role, [Values] bool inTransaction)
    {
        // Longer than anybody waits for a lock.
        var delay = TimeSpan.FromSeconds(2 * Topology.StateStore.LockTimeout);
        var arrival = Task.CompletedTask;

        var word = await WriteAsync(inTransaction, async: inTransaction, () => arrival = _outlook.StrayAsync(role, "COMMIT", delay));
        await arrival;

        Assert.That(word, Is.EqualTo(role == NodeRole.Primary && inTransaction ? Word.RunAgain : Word.Committed));
        await AssertHeldAsync(word);
    }

    private Task<Word> WriteAsync(bool inTransaction, bool async, params (NodeRole Role, CommitFault Fault)[] faults) =>
        WriteAsync(inTransaction, async, () =>
        {
            foreach (var (role, fault) in faults.OrderByDescending(f => f.Fault))
                Strike(role, fault);
        });

    private async Task<Word> WriteAsync(bool inTransaction, bool async, Action strike)
    {
        await using var connection = await _outlook.Source.OpenConnectionAsync();
        var isDone = 0;
        ProtocolSteps.Observer = step =>
        {
            if (step == ProtocolSteps.Committing && Interlocked.Exchange(ref isDone, 1) == 0)
                strike();
        };
        try
        {
            await WriteAsync(connection, inTransaction, async);
            return Word.Committed;
        }
        catch (MirroredDbException e) when (e.IsInDoubt)
        {
            return Word.InDoubt;
        }
        catch (MirroredDbException e) when (e.IsTransient)
        {
            return Word.RunAgain;
        }
        finally
        {
            Assert.That(isDone, Is.EqualTo(1), "the fault has struck");
            await Task.WhenAll(_faults);
            _faults.Clear();
        }
    }

    private static async Task WriteAsync(DbConnection connection, bool inTransaction, bool async)
    {
        if (!inTransaction)
        {
            _ = async ? await connection.ExecuteAsync(Write) : connection.Execute(Write);
            return;
        }

        var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(Write, transaction: transaction);
        if (async)
            await transaction.CommitAsync();
        else
            transaction.Commit();
    }

    private void Strike(NodeRole role, CommitFault fault)
    {
        var server = role == NodeRole.Primary ? Pair.Primary : Pair.Standby;
        switch (fault)
        {
            case CommitFault.AnswerLost:
                _outlook.Deafen(role);
                _faults.Add(UntilWrittenAsync(server, () => _outlook.Find(role)));
                break;
            case CommitFault.ConnectionLost:
                KillConnectionsAsync(server).Wait();
                break;
            case CommitFault.ServerLost:
                server.Kill();
                break;
        }
    }

    private static async Task UntilWrittenAsync(LocalServer server, Action then)
    {
        await using var direct = Open(server);
        await Eventually.IsAsync(() => direct.ExecuteScalar<bool>("SELECT EXISTS(SELECT 1 FROM item WHERE v = 'written')"));
        then();
    }

    private async Task AssertHeldAsync(Word word)
    {
        foreach (var server in new[] { Pair.Primary, Pair.Standby }.Where(s => !s.IsRunning))
            await server.StartAsync();
        var source = _outlook.Source;
        await Eventually.IsAsync(() => source.Status.Mode == MirrorMode.Mirrored && source.Status.Suspects.Count == 0 && source.Mirror.InDoubt.IsEmpty);
        await using (var connection = await source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('after')");
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM item WHERE v = 'written'"), word switch
        {
            Word.Committed => Is.EqualTo(1),
            Word.RunAgain => Is.Zero,
            _ => Is.LessThanOrEqualTo(1),
        });
        Assert.That(primary.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.GreaterThanOrEqualTo(2));
    }
}
