using MirroredMySql.Sessions;
using static MirroredMySql.Sessions.CommitOutcome;
using static MirroredMySql.Sessions.CommitVerdict;

namespace MirroredMySql.Tests.Surface;

/// <summary>What two answers to COMMIT mean together.</summary>
public sealed class CommitVerdictTests
{
    private static readonly Dictionary<(CommitOutcome Lead, CommitOutcome Follower), CommitVerdict> Expected = new()
    {
        [(Committed, Committed)] = Success,
        [(Committed, Refused)] = SuccessOnLead,
        [(Committed, Unknown)] = SuccessOnLead,
        [(Unknown, Committed)] = SuccessOnFollower,
        [(Unknown, Refused)] = InDoubt,
        [(Unknown, Unknown)] = InDoubt,
        [(Refused, Committed)] = Failure,
        [(Refused, Refused)] = Failure,
        [(Refused, Unknown)] = Failure,
    };

    [Test]
    public void Every_pair_of_outcomes_has_its_verdict()
    {
        foreach (var lead in Enum.GetValues<CommitOutcome>())
        {
            foreach (var follower in Enum.GetValues<CommitOutcome>())
                Assert.That(CommitProtocol.Judge(lead, follower), Is.EqualTo(Expected[(lead, follower)]), $"{lead} and {follower}");
        }
    }
}
