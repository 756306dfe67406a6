using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A process has died between the two rows of a change of epoch: whoever finds them carries it on.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class HalfwayTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string State = "SELECT CONCAT_WS('/', epoch, token, previous, mode, lead_node) FROM mirror_state";

    [Test]
    public async Task A_change_of_lead_that_has_reached_one_node_reaches_the_other(
        [Values] NodeRole reached, [Values] NodeRole lead, [Values] bool byNewProcess)
    {
        await using (var connection = await Source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('both')");
        var epoch = Source.Status.Epoch;
        if (byNewProcess)
            await Source.DisposeAsync();
        await using (var direct = Open(reached == NodeRole.Primary ? Pair.Primary : Pair.Standby))
            direct.Execute($"UPDATE mirror_state SET previous = token, token = '{Guid.NewGuid():N}', epoch = epoch + 1, lead_node = '{lead}'");

        await using var late = byNewProcess ? MakeSource(new MirroredMySqlOptions()) : null;
        var source = late ?? Source;
        await using (var connection = await source.OpenConnectionAsync())
            connection.Execute("INSERT INTO item (v) VALUES ('carried on')");

        Assert.That((source.Status.Mode, source.Status.Lead, source.Status.Epoch), Is.EqualTo((MirrorMode.Mirrored, lead, epoch + 1)));
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(standby.ExecuteScalar<string>(State), Is.EqualTo(primary.ExecuteScalar<string>(State)));
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(standby.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.EqualTo(2));
    }
}
