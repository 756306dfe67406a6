using MirroredMySql.Chaos.Faults;
using MirroredMySql.Chaos.Reckoning;

namespace MirroredMySql.Tests.Chaos;

/// <summary>What the clients of a chaos run saw of the mirror comes to one list of changes.</summary>
public sealed class EpochChangeTests
{
    [Test]
    public void A_change_that_two_clients_see_is_one()
    {
        var changes = EpochChange.Of(
        [
            Sees(1, client: 1, epoch: 1, "Mirrored", NodeRole.Primary),
            Sees(2, client: 2, epoch: 1, "Mirrored", NodeRole.Primary),
            Sees(10, client: 2, epoch: 2, "Solo", NodeRole.Standby),
            Sees(11, client: 1, epoch: 2, "CatchingUp", NodeRole.Standby),
        ]);
        Assert.That(changes, Is.EqualTo(new[] { new EpochChange(10, 2, LeadChanged: true, ModeChanged: true, IsAlone: true) }));
    }

    [Test]
    public void A_client_that_hears_late_of_an_old_epoch_changes_nothing()
    {
        var changes = EpochChange.Of(
        [
            Sees(1, client: 1, epoch: 1, "Mirrored", NodeRole.Primary),
            Sees(2, client: 1, epoch: 2, "Solo", NodeRole.Primary),
            Sees(3, client: 1, epoch: 3, "Mirrored", NodeRole.Primary),
            Sees(4, client: 2, epoch: 2, "Solo", NodeRole.Primary),
        ]);
        Assert.That(changes.Select(change => change.Epoch), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(changes.Select(change => change.IsFailover), Is.EqualTo(new[] { true, false }), "That a node comes back is no failover.");
    }

    [Test]
    public void A_switch_is_a_failover() =>
        Assert.That(
            EpochChange.Of([Sees(1, 1, 1, "Mirrored", NodeRole.Primary), Sees(2, 1, 2, "Mirrored", NodeRole.Standby)]).Single().IsFailover, Is.True);

    private static ModeSighting Sees(long at, int client, long epoch, string mode, NodeRole lead) => new(at, client, epoch, mode, lead);
}
