using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>The primary leads again by itself, where that is wanted.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class FailbackTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(8);

    private protected override MirroredMySqlOptions Options() => new()
    {
        ReconnectInterval = TimeSpan.FromMilliseconds(100), AutoFailback = true, AutoFailbackDelay = Delay,
    };

    [Test]
    public async Task A_primary_that_is_in_step_again_for_long_enough_leads_again()
    {
        await using var rival = MakeSource(Options());
        await using (var _ = await rival.OpenConnectionAsync())
        await using (var connection = await Source.OpenConnectionAsync())
        {
            Pair.Primary.Kill();
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('alone')");
            Assert.That(Source.Status.Lead, Is.EqualTo(NodeRole.Standby));
        }

        await Pair.Primary.StartAsync();
        await UntilMirroredAsync();
        var since = DateTime.UtcNow;
        await UntilAsync(() => Source.Status.Lead == NodeRole.Primary, "the primary leads again");
        Assert.That(DateTime.UtcNow - since, Is.GreaterThan(Delay / 2));
        await UntilAsync(() => rival.Status.Lead == NodeRole.Primary && rival.Status.Mode == MirrorMode.Mirrored, "all processes know");

        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("INSERT INTO item (v) VALUES ('led by the primary')");
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task Without_the_option_the_lead_stays_where_it_is()
    {
        await Source.DisposeAsync();
        await using var source = MakeSource(new MirroredMySqlOptions { ReconnectInterval = TimeSpan.FromMilliseconds(100), HealthCheckInterval = TimeSpan.FromMilliseconds(100), AutoFailbackDelay = TimeSpan.Zero });
        await using (var _ = await source.OpenConnectionAsync())
            await source.SwitchLeadAsync(NodeRole.Standby);
        await Task.Delay(1500);

        Assert.That(source.Status.Lead, Is.EqualTo(NodeRole.Standby));
    }
}
