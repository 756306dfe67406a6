using MirroredMySql.Journal;

namespace MirroredMySql.Tests.Journal;

/// <summary>A returned node gets as many entries at once as its present speed allows.</summary>
public sealed class PaceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public void Before_anything_is_known_a_batch_is_as_large_as_may_be() => Assert.That(new Pace().Fitting(Second, 200), Is.EqualTo(200));

    [TestCase(0.01, 10)]
    [TestCase(0.001, 1)]
    [TestCase(60, 200)]
    public void As_many_entries_fit_as_the_time_is_worth_but_one_at_least(double seconds, int fitting)
    {
        var pace = new Pace();
        pace.Took(TimeSpan.FromMilliseconds(50), 50);
        Assert.That(pace.Fitting(TimeSpan.FromSeconds(seconds), 200), Is.EqualTo(fitting));
    }

    [Test]
    public void A_long_wait_is_forgotten_within_a_few_batches()
    {
        var pace = new Pace();
        pace.Took(TimeSpan.FromSeconds(40), 40);
        // One entry at a time takes ten times as long as one of many.
        for (var batch = 0; batch < 12; batch++)
        {
            var entries = pace.Fitting(Second, 200);
            pace.Took(TimeSpan.FromMilliseconds(9 + entries), entries);
        }

        Assert.That(pace.Fitting(Second, 200), Is.EqualTo(200));
    }
}
