using MirroredMySql.Topology;

namespace MirroredMySql.Tests.Topology;

public sealed class LineageTests
{
    private static readonly MirrorState Fork = MirrorState.Unborn;

    [TestCase(true, true, ExpectedResult = nameof(Lineage.Split))]
    [TestCase(false, false, ExpectedResult = nameof(Lineage.Split))]
    [TestCase(true, false, ExpectedResult = nameof(Lineage.PrimaryAlone))]
    [TestCase(false, true, ExpectedResult = nameof(Lineage.StandbyAlone))]
    public string A_node_that_led_alone_and_could_commit_nothing_is_no_rival(bool primaryCommitted, bool standbyCommitted) =>
        Lineages.Compare(Alone(NodeRole.Primary, primaryCommitted), Alone(NodeRole.Standby, standbyCommitted)).ToString();

    [TestCase(true, ExpectedResult = nameof(Kinship.Rival))]
    [TestCase(false, ExpectedResult = nameof(Kinship.Behind))]
    public string What_comes_back_without_having_committed_is_only_behind(bool hasCommitted) =>
        Lineages.Of(Alone(NodeRole.Primary, true), Alone(NodeRole.Standby, hasCommitted), NodeRole.Standby).ToString();

    private static MirrorState Alone(NodeRole node, bool hasCommitted) => Fork.Next(MirrorMode.Solo, node, "") with { IsAnnounced = hasCommitted };
}
