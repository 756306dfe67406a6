using MirroredMySql.Diagnostics;
using MirroredMySql.Topology;

namespace MirroredMySql.Tests.Topology;

/// <summary>The lead goes on alone when the follower turns most writes away, and not over a few.</summary>
public sealed class FollowerRefusalsTests
{
    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;
    }

    private readonly Clock _clock = new();
    private readonly CommitTally _commits = new();
    private FollowerRefusals _refusals = null!;

    [SetUp]
    public void Begin() => _refusals = new FollowerRefusals(_commits, _clock);

    [Test]
    public void Three_with_nothing_committed_are_too_many() => Assert.That(Add(3), Is.EqualTo(new[] { false, false, true }));

    [Test]
    public void As_many_as_were_committed_are_not()
    {
        Add(1);
        Commit(4);

        Assert.That(Add(4), Is.EqualTo(new[] { false, false, false, true }));
    }

    [Test]
    public void What_was_committed_before_the_first_one_does_not_speak_for_the_follower()
    {
        Commit(100);

        Assert.That(Add(3), Has.Some.True);
    }

    [Test]
    public void They_are_forgotten_after_a_while()
    {
        Add(2);
        _clock.Pass(FollowerRefusals.Window + TimeSpan.FromTicks(1));

        Assert.That(Add(3), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public void They_are_forgotten_when_the_node_is_left_out()
    {
        Add(3);
        _refusals.Clear();

        Assert.That(Add(2), Has.None.True);
    }

    private bool[] Add(int count) => [.. Enumerable.Range(0, count).Select(_ => _refusals.Add())];

    private void Commit(int count)
    {
        for (var i = 0; i < count; i++)
            _commits.OnBoth();
    }
}
