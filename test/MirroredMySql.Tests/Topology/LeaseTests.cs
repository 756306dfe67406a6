using MirroredMySql.Topology;

namespace MirroredMySql.Tests.Topology;

public sealed class LeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    private readonly Clock _clock = new();

    [Test]
    public void It_holds_from_the_moment_before_the_nodes_were_asked()
    {
        var lease = new Lease(Length, _clock);
        var asked = lease.Now;
        _clock.Running += TimeSpan.FromSeconds(4);
        _clock.Wall += TimeSpan.FromSeconds(4);
        lease.Renew("a", asked);

        Assert.That(lease.Left("a"), Is.EqualTo(TimeSpan.FromSeconds(6)));
    }

    [Test]
    public void It_is_of_one_epoch()
    {
        var lease = new Lease(Length, _clock);
        Assert.That(lease.Holds("a"), Is.False);
        lease.Renew("a", lease.Now);

        Assert.That(lease.Holds("a"), Is.True);
        Assert.That(lease.Holds("b"), Is.False);
    }

    [TestCase(10, 0, TestName = "It_ends_by_the_clock_that_runs")]
    [TestCase(0, 10, TestName = "It_ends_by_the_clock_on_the_wall_which_runs_while_the_machine_sleeps")]
    [TestCase(10, -100, TestName = "Setting_the_clock_on_the_wall_back_does_not_prolong_it")]
    public void It_ends(int running, int wall)
    {
        var lease = new Lease(Length, _clock);
        lease.Renew("a", lease.Now);
        _clock.Running += TimeSpan.FromSeconds(running);
        _clock.Wall += TimeSpan.FromSeconds(wall);

        Assert.That(lease.Holds("a"), Is.False);
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Running { get; set; }

        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Running.Ticks;

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
