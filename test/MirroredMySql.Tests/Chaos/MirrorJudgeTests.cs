namespace MirroredMySql.Tests.Chaos;

/// <summary>The judge of a chaos run condemns a mirror that does not come to rest, and clients that do not come back to it.</summary>
public sealed class MirrorJudgeTests
{
    private const string Healed = "a healed mirror is in step again";

    [TestCase(MirrorMode.Solo)]
    [TestCase(MirrorMode.CatchingUp)]
    [TestCase(null)]
    public void The_mirror_has_to_be_in_step_at_the_end(MirrorMode? mode)
    {
        var run = Run.Good();
        run.Settlement = run.Settlement with { Mode = mode };
        run.AssertViolates(Healed);
    }

    [Test]
    public void The_mirror_has_to_be_in_step_when_the_nodes_have_been_compared()
    {
        var run = Run.Good();
        run.Later = run.Settlement with { Mode = MirrorMode.Solo };
        run.AssertViolates(Healed);
    }

    [Test]
    public void What_ended_clients_have_left_has_to_be_settled()
    {
        var run = Run.Good();
        run.Settlement = run.Settlement with { Unsettled = 1 };
        run.Later = run.Settlement with { Unsettled = 0 };
        run.AssertViolates("what ended clients have left is settled");
    }

    [Test]
    public void A_pair_that_has_parted_and_met_again_while_it_was_compared_is_condemned()
    {
        var run = Run.Good();
        run.Later = run.Settlement with { Token = "another" };
        run.AssertViolates("a mirror in step stays so while nobody writes");
    }

    [Test]
    public void Nothing_may_be_set_aside_unless_clients_were_split_off()
    {
        var run = Run.Good();
        run.StandbyState = run.StandbyState with { SetAside = 1 };
        run.HasPartitions = true;
        Assert.That(run.Violations(), Is.Empty);
        run.HasPartitions = false;
        run.AssertViolates("nothing is set aside where no client is split off");
    }

    [Test]
    public void Both_rows_have_to_say_so()
    {
        var run = Run.Good();
        run.StandbyState = run.StandbyState with { Mode = "Solo" };
        run.AssertViolates(Healed);
    }

    [Test]
    public void Both_rows_have_to_name_the_same_epoch()
    {
        var run = Run.Good();
        run.StandbyState = run.StandbyState with { Token = "another" };
        run.AssertViolates(Healed);
    }

    [Test]
    public void Nothing_may_be_left_in_a_journal()
    {
        var run = Run.Good();
        run.PrimaryState = run.PrimaryState with { Journaled = 1 };
        run.AssertViolates("a mirror in step keeps no journal");
    }

    [Test]
    public void Every_client_has_to_see_a_healed_mirror_in_step()
    {
        var run = Run.Good();
        run.AreInStep = false;
        run.AssertViolates("every client sees a healed mirror in step");
    }

    [Test]
    public void Every_client_has_to_write_again_when_nothing_fails()
    {
        var run = Run.Good();
        run.Clients = 2;
        Assert.That(run.Promises, Does.Contain("every client writes again when nothing fails"));
    }

    [Test]
    public void A_client_that_has_left_no_diary_is_missed()
    {
        var run = Run.Good();
        run.Clients = 2;
        Assert.That(run.Promises, Does.Contain("every client is reckoned with"));
    }
}
