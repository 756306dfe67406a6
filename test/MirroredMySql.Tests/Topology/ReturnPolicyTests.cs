using MirroredMySql.Topology;

namespace MirroredMySql.Tests.Topology;

/// <summary>A node that comes and goes is brought back ever less often, until it has stayed.</summary>
public sealed class ReturnPolicyTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Pass(TimeSpan time) => _now += time;
    }

    private readonly Clock _clock = new();

    [Test]
    public void The_first_loss_is_no_relapse()
    {
        var policy = new ReturnPolicy(Interval, _clock);
        policy.Present();
        _clock.Pass(TimeSpan.FromSeconds(3));

        Assert.That(policy.Absent(), Is.False);
        AssertDueAfter(policy, Interval);
    }

    [Test]
    public void Each_relapse_doubles_the_wait_up_to_a_minute()
    {
        var policy = Returned();
        foreach (var seconds in new[] { 2, 4, 8, 16, 32, 60, 60 })
        {
            _clock.Pass(TimeSpan.FromSeconds(5));
            Assert.That(policy.Absent(), Is.True);
            Assert.That(policy.Absent(), Is.False, "it is the same absence");
            Assert.That(policy.Delay, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
            AssertDueAfter(policy, TimeSpan.FromSeconds(seconds));
            policy.Present();
        }
    }

    [Test]
    public void A_node_that_has_stayed_for_a_minute_is_as_good_as_any()
    {
        var policy = Returned();
        _clock.Pass(TimeSpan.FromSeconds(5));
        policy.Absent();
        policy.Present();
        _clock.Pass(ReturnPolicy.Limit);
        policy.Present();

        Assert.That(policy.Absent(), Is.False);
        AssertDueAfter(policy, Interval);
    }

    [Test]
    public void An_absence_is_forgotten_also_when_nobody_has_looked_meanwhile()
    {
        var policy = Returned();
        _clock.Pass(ReturnPolicy.Limit);

        Assert.That(policy.Absent(), Is.False);
        Assert.That(policy.Delay, Is.EqualTo(Interval));
    }

    [Test]
    public void Two_attempts_are_an_interval_apart()
    {
        var policy = Returned();
        policy.Absent();
        _clock.Pass(policy.Delay);
        policy.Failed();

        AssertDueAfter(policy, Interval);
    }

    [Test]
    public void A_node_that_takes_part_is_not_brought_back() => Assert.That(Returned().IsDue, Is.False);

    private ReturnPolicy Returned()
    {
        var policy = new ReturnPolicy(Interval, _clock);
        policy.Absent();
        _clock.Pass(TimeSpan.FromMinutes(5));
        policy.Present();
        return policy;
    }

    private void AssertDueAfter(ReturnPolicy policy, TimeSpan time)
    {
        _clock.Pass(time - TimeSpan.FromMilliseconds(1));
        Assert.That(policy.IsDue, Is.False);
        _clock.Pass(TimeSpan.FromMilliseconds(1));
        Assert.That(policy.IsDue, Is.True);
    }
}
