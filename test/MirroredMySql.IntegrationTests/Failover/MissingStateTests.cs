using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A node has lost the mirror's own tables, as one that was set up anew: nobody takes its rows for those of the pair.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class MissingStateTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    [Test]
    public async Task It_is_copied_whole_before_it_takes_part([Values] NodeRole role)
    {
        await LoseStateAsync(role);

        await using var source = MakeSource(SourceOptions());
        await using (var connection = await source.OpenConnectionAsync())
        {
            Assert.That(source.Status.Lead, Is.Not.EqualTo(role));
            Assert.That(connection.Query<string>("SELECT v FROM item"), Is.EqualTo(new[] { "both" }));
        }

        await Eventually.IsAsync(() => source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 });
        await using var primary = Open(Pair.Primary);
        await using var standby = Open(Pair.Standby);
        Assert.That(await Databases.DifferencesAsync(primary, standby), Is.Empty);
        Assert.That(standby.Query<string>("SELECT v FROM item"), Is.EqualTo(new[] { "both" }));
    }

    [Test]
    public async Task Nothing_is_served_from_it_alone([Values] NodeRole role)
    {
        await LoseStateAsync(role);
        (role == NodeRole.Primary ? Pair.Standby : Pair.Primary).Kill();

        await using var source = MakeSource(SourceOptions());

        Assert.That(() => source.OpenConnection(), Throws.InstanceOf<MirroredDbException>());
        await using var left = Open(role == NodeRole.Primary ? Pair.Primary : Pair.Standby);
        Assert.That(left.ExecuteScalar<int>("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'mirror%'"), Is.Zero);
    }

    private async Task LoseStateAsync(NodeRole role)
    {
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('both')");
        await Source.DisposeAsync();
        await using var direct = Open(role == NodeRole.Primary ? Pair.Primary : Pair.Standby);
        foreach (var table in await direct.QueryAsync<string>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'mirror%'"))
            await direct.ExecuteAsync($"DROP TABLE `{table}`");
        await direct.ExecuteAsync("UPDATE item SET v = 'something else'; INSERT INTO item (v) VALUES ('nobody knows what')");
    }
}
