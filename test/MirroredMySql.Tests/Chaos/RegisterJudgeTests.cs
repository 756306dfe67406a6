using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Tests.Chaos;

/// <summary>The judge of a chaos run knows which marks a register may be left with.</summary>
public sealed class RegisterJudgeTests
{
    private const string Lost = "no acknowledged write is lost";
    private const string Written = "a register holds what a deed has put there";
    private const int Register = 4;

    [Test]
    public void A_register_that_both_nodes_left_unwritten_has_lost_what_was_acknowledged()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 9)] });
        run.AssertViolates(Lost);
    }

    [Test]
    public void A_register_that_holds_an_earlier_mark_has_lost_the_acknowledged_one_behind_it()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 8)] });
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 9)] });
        run.Holds(Register, 8);
        run.AssertViolates(Lost);
    }

    [Test]
    public void Of_two_marks_at_the_same_time_a_register_may_hold_either([Values(8, 9)] int mark)
    {
        var run = Run.Good();
        run.DoBeside((new() { Marks = [new(Register, 8)] }, null), (new() { Marks = [new(Register, 9)] }, null));
        run.Holds(Register, mark);
        Assert.That(run.Violations(), Is.Empty);
    }

    [Test]
    public void A_mark_in_doubt_may_be_there_or_not_whenever_its_COMMIT_arrived(
        [Values(nameof(Outcome.InDoubt), nameof(Outcome.Unfinished))] string outcome, [Values(8, 9)] int mark)
    {
        var run = Run.Good();
        run.Does(Enum.Parse<Outcome>(outcome), new() { Marks = [new(Register, 8)] });
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 9)] });
        run.Holds(Register, mark);
        Assert.That(run.Violations(), Is.Empty);
    }

    [Test]
    public void A_mark_in_doubt_does_not_excuse_an_earlier_one()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 7)] });
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 8)] });
        run.Does(Outcome.InDoubt, new() { Marks = [new(Register, 9)] });
        run.Holds(Register, 7);
        run.AssertViolates(Lost);
    }

    [Test]
    public void A_mark_whose_write_failed_must_not_be_there()
    {
        var run = Run.Good();
        run.Does(Outcome.Failed, new() { Marks = [new(Register, 9)] });
        run.Holds(Register, 9);
        run.AssertViolates(Written);
    }

    [Test]
    public void A_mark_in_doubt_is_not_there_where_the_row_of_its_transaction_is_not()
    {
        var run = Run.Good();
        run.Does(Outcome.InDoubt, new() { Adds = [2], Marks = [new(Register, 9)] });
        run.Holds(Register, 9);
        run.AssertViolates(Written);
    }

    [Test]
    public void A_mark_that_nobody_wrote_is_found()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register + 1, 9)] });
        run.Holds(Register + 1, 9);
        run.Holds(Register, 9);
        run.AssertViolates(Written);
    }

    [Test]
    public void A_register_that_is_gone_is_found()
    {
        var run = Run.Good();
        run.StandbyRegisters.Remove(Register);
        run.AssertViolates(Written);
    }
}
