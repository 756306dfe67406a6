using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A process freezes while it brings a node back, with a transaction open there: another one takes its place, and what it does later does not count.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class FrozenReturnTests(ServerFlavor flavor) : SplitTest(flavor)
{
    [TestCase(ProtocolSteps.EntryRan)]
    [TestCase(ProtocolSteps.EntriesCommitted)]
    [TestCase(ProtocolSteps.BatchCommitted)]
    [TestCase(ProtocolSteps.SuspectsCopied)]
    public async Task Another_process_takes_its_place(string step)
    {
        await BeginAsync(() => new MirroredMySqlOptions());
        await Theirs.DisposeAsync();
        Pair.Standby.Kill();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('alone'); UPDATE tally SET n = n + 1");
        using var mayGoOn = new ManualResetEventSlim();
        var frozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ProtocolSteps.Observer = reached =>
        {
            if (reached == step && frozen.TrySetResult())
                mayGoOn.Wait();
        };
        try
        {
            await Pair.Standby.StartAsync();
            await frozen.Task.WaitAsync(TimeSpan.FromMinutes(1));
            // What it holds on the lead ends with its connections there; the other node knows nothing of that.
            await Ours.LoseAsync(NodeRole.Primary);
            await using var other = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(200) });
            await using var connection = await other.OpenConnectionAsync();
            await Eventually.IsAsync(() => other.Status.Mode == MirrorMode.Mirrored);
            await connection.ExecuteAsync("UPDATE tally SET n = n + 10");
            mayGoOn.Set();
            Ours.Find(NodeRole.Primary);
            await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.Mirrored && Ours.Source.Mirror.IsFresh);
            await WriteAsync(Ours, "UPDATE tally SET n = n + 100");
        }
        finally
        {
            mayGoOn.Set();
        }

        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(standby.ExecuteScalar<int>("SELECT n FROM tally"), Is.EqualTo(111));
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item WHERE v = 'alone'"), Is.EqualTo(1));
    }
}
