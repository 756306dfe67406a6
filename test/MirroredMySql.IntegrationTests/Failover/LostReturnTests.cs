using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>
/// A node is lost in the moment in which it comes back, and with it the process that brings it back: whoever is left cannot know whether
/// that process goes on with the node.
/// </summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class LostReturnTests(ServerFlavor flavor) : SplitTest(flavor)
{
    [Test]
    public async Task Nobody_goes_on_without_it_until_it_is_back()
    {
        await BeginAsync(() => new MirroredMySqlOptions { RetryAttempts = 0 });
        // Only they bring it back.
        await Ours.Source.Mirror.Monitor.DisposeAsync();
        using var theirEnd = new ManualResetEventSlim();
        var admitting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pair.Standby.Kill();
        await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('alone')");
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.Admitting || !admitting.TrySetResult())
                return;
            Pair.Standby.Kill();
            theirEnd.Wait();
        };
        try
        {
            await Pair.Standby.StartAsync();
            await admitting.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await Theirs.LoseAsync(NodeRole.Primary);
            await Theirs.LoseAsync(NodeRole.Standby);
            await Eventually.IsAsync(() => Ours.Source.Status.Mode == MirrorMode.Mirrored);
            var epoch = Row(Pair.Primary);

            foreach (var sql in new[] { "INSERT INTO item (v) VALUES ('never')", "SELECT * FROM item" })
            {
                var error = await Assert.CatchAsync<MirroredDbException>(() => WriteAsync(Ours, sql));
                Assert.That((error!.IsTransient, error.IsInDoubt), Is.EqualTo((true, false)), $"{sql}: {error}");
            }

            Assert.That(Row(Pair.Primary), Is.EqualTo(epoch), "no node is taken out");
            await Pair.Standby.StartAsync();
            await Pair.Standby.WaitUntilReadyAsync();
            await Eventually.IsAsync(() => Ours.Source.Mirror.IsFresh);
            await WriteAsync(Ours, "INSERT INTO item (v) VALUES ('together')");
            Assert.That((Row(Pair.Primary), Row(Pair.Standby)), Is.EqualTo((epoch, epoch)));
        }
        finally
        {
            theirEnd.Set();
        }

        Theirs.Find(NodeRole.Primary);
        Theirs.Find(NodeRole.Standby);
        await AssertMendedAsync(NodeRole.Primary, "alone", "together");
    }
}
