using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Faults;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Tests.Chaos;

/// <summary>The judge of a chaos run condemns whatever breaks a promise, and nothing else.</summary>
public sealed class JudgeTests
{
    private const string Lost = "no acknowledged write is lost";
    private const string Twice = "a write happens once";
    private const string Sums = "sums and counters are what was acknowledged";
    private const string Shows = "the run shows something";
    private const string BothOrNeither = "what is in doubt is on both nodes or on neither";

    private const int Register = 4;

    private static readonly string Counter = Cells.Counter(3);

    private static readonly Change[] Transfer = [new(Cells.Account(1), -5), new(Cells.Account(2), 5)];

    [Test]
    public void A_good_run_is_not_condemned()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Adds = [2], Changes = Transfer });
        run.Does(Outcome.Acknowledged, new() { Removes = [1] });
        run.Does(Outcome.Failed, new() { Adds = [3], Changes = Transfer });
        run.Does(Outcome.Acknowledged, new() { Adds = [4], RollsBack = true });
        run.Does(Outcome.InDoubt, new() { Adds = [5, 6] });
        run.Does(Outcome.Unfinished, new() { Adds = [7], Changes = Transfer });
        run.Does(Outcome.Unfinished, new() { Changes = [new(Counter, 1)] });
        run.Does(Outcome.Acknowledged, new() { Reads = Counter }, seen: 1);
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 8)] });
        run.Does(Outcome.Acknowledged, new() { Marks = [new(Register, 9)] });
        run.Holds(Register, 9);
        foreach (var cells in new[] { run.PrimaryCells, run.StandbyCells })
        {
            cells[Cells.Account(1)] -= 10;
            cells[Cells.Account(2)] += 10;
            cells[Counter] = 1;
        }
        run.OnPrimary.Remove(1);
        run.OnStandby.Remove(1);
        run.Has(2);
        run.Has(7);

        Assert.That(run.Violations(), Is.Empty);
    }

    [Test]
    public void An_acknowledged_write_that_one_node_lacks_is_lost()
    {
        var run = Run.Good();
        run.OnStandby.Remove(1);
        run.AssertViolates(Lost);
    }

    [Test]
    public void An_acknowledged_write_that_both_nodes_lack_is_lost_although_they_are_equal()
    {
        var run = Run.Good();
        run.OnStandby.Clear();
        run.OnPrimary.Clear();
        run.AssertViolates(Lost);
    }

    [Test]
    public void One_row_of_an_acknowledged_transaction_is_not_enough()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Adds = [2, 3] });
        run.Has(2);
        run.AssertViolates(Lost);
    }

    [Test]
    public void An_acknowledged_removal_whose_row_is_still_there_is_lost()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Removes = [1] });
        run.AssertViolates(Lost);
    }

    [Test]
    public void A_removal_that_failed_leaves_its_row()
    {
        var run = Run.Good();
        run.Does(Outcome.Failed, new() { Removes = [1] });
        run.OnPrimary.Clear();
        run.OnStandby.Clear();
        run.AssertViolates(Lost);
    }

    [Test]
    public void A_write_must_not_happen_twice()
    {
        var run = Run.Good();
        run.OnPrimary[1] = run.OnStandby[1] = 2;
        run.AssertViolates(Twice);
    }

    [Test]
    public void A_write_in_doubt_must_not_happen_twice_either()
    {
        var run = Run.Good();
        run.Does(Outcome.InDoubt, new() { Adds = [2] });
        run.OnPrimary[2] = run.OnStandby[2] = 2;
        run.AssertViolates(Twice);
    }

    [TestCase(nameof(Outcome.Acknowledged))]
    [TestCase(nameof(Outcome.Failed))]
    [TestCase(nameof(Outcome.InDoubt))]
    [TestCase(nameof(Outcome.Unfinished), Description = "Its client was killed.")]
    public void What_was_rolled_back_must_not_be_there(string outcome)
    {
        var run = Run.Good();
        run.Does(Enum.Parse<Outcome>(outcome), new() { Adds = [2], RollsBack = true });
        run.Has(2);
        run.AssertViolates("what was rolled back is gone");
    }

    [Test]
    public void What_failed_must_not_be_there()
    {
        var run = Run.Good();
        run.Does(Outcome.Failed, new() { Adds = [2] });
        run.Has(2);
        run.AssertViolates("what failed did not happen");
    }

    [TestCase(nameof(Outcome.InDoubt))]
    [TestCase(nameof(Outcome.Unfinished))]
    public void What_is_in_doubt_must_not_be_there_in_part(string outcome)
    {
        var run = Run.Good();
        run.Does(Enum.Parse<Outcome>(outcome), new() { Adds = [2, 3] });
        run.Has(2);
        run.AssertViolates("what is in doubt happened as a whole or not at all");
    }

    [TestCase(nameof(Outcome.InDoubt))]
    [TestCase(nameof(Outcome.Unfinished))]
    public void What_is_in_doubt_must_not_be_on_one_node_only(string outcome)
    {
        var run = Run.Good();
        run.Does(Enum.Parse<Outcome>(outcome), new() { Adds = [2] });
        run.OnStandby[2] = 1;
        run.AssertViolates(BothOrNeither);
    }

    [Test]
    public void A_removal_in_doubt_must_not_have_happened_on_one_node_only()
    {
        var run = Run.Good();
        run.Does(Outcome.InDoubt, new() { Removes = [1] });
        run.OnStandby.Clear();
        run.AssertViolates(BothOrNeither);
    }

    [Test]
    public void A_row_that_nobody_wrote_is_found()
    {
        var run = Run.Good();
        run.OnPrimary[99] = 1;
        run.AssertViolates("nothing is written that nobody wrote");
    }

    [TestCase(0)]
    [TestCase(2)]
    public void An_increment_must_be_there_once(int value)
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Changes = [new(Counter, 1)] });
        run.Holds(Counter, value);
        run.AssertViolates(Sums);
    }

    [Test]
    public void An_increment_in_doubt_may_be_there_once_at_most()
    {
        var run = Run.Good();
        run.Does(Outcome.InDoubt, new() { Changes = [new(Counter, 1)] });
        run.Holds(Counter, 2);
        run.AssertViolates(Sums);
    }

    [Test]
    public void An_increment_in_doubt_is_there_where_the_row_of_its_transaction_is()
    {
        var run = Run.Good();
        run.Does(Outcome.InDoubt, new() { Adds = [2], Changes = [new(Counter, 1)] });
        run.Has(2);
        run.AssertViolates(Sums);
    }

    [Test]
    public void A_transfer_of_which_only_the_row_is_there_is_found_although_the_sum_is_right()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Adds = [2], Changes = Transfer });
        run.Has(2);
        run.AssertViolates(Sums);
    }

    [Test]
    public void A_transfer_that_was_rolled_back_must_not_have_moved_anything()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Changes = Transfer, RollsBack = true });
        run.Holds(Cells.Account(1), Cells.StartOf(Cells.Account(1)) - 5);
        run.Holds(Cells.Account(2), Cells.StartOf(Cells.Account(2)) + 5);
        run.AssertViolates(Sums);
    }

    [Test]
    public void An_account_that_is_gone_is_found()
    {
        var run = Run.Good();
        run.PrimaryCells.Remove(Cells.Account(1));
        run.AssertViolates(Sums);
    }

    [Test]
    public void A_counter_that_nobody_counted_with_is_looked_at_too()
    {
        var run = Run.Good();
        run.PrimaryCells[Cells.Tally(5)] = 1;
        run.AssertViolates(Sums);
    }

    [Test]
    public void Money_must_not_be_made()
    {
        var run = Run.Good();
        run.PrimarySum = 5;
        run.AssertViolates("no money is made or lost");
    }

    [Test]
    public void A_difference_is_one_even_where_the_mirror_suspects_the_table()
    {
        var run = Run.Good();
        run.PrimaryState = run.PrimaryState with { Suspects = new Dictionary<string, string> { ["registers"] = "why" } };
        Assert.That(run.Violations(), Is.Empty, "A suspect that is equal breaks no promise.");
        run.Differences["registers"] = ["the order was another one"];
        run.AssertViolates("both nodes hold the same rows");
    }

    [Test]
    public void A_comparison_of_nothing_proves_nothing()
    {
        var run = Run.Good();
        run.Tables = 0;
        run.AssertViolates("both nodes hold the same rows");
    }

    [Test]
    public void A_read_must_not_miss_what_was_acknowledged_before_it()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Changes = [new(Counter, 1)] });
        run.Does(Outcome.Acknowledged, new() { Reads = Counter }, seen: 0);
        run.Holds(Counter, 1);
        run.AssertViolates("a read sees what was acknowledged before it");
    }

    [Test]
    public void A_read_beside_a_write_may_see_it_or_not([Values(0, 1)] int seen)
    {
        var run = Run.Good();
        run.DoBeside((new() { Changes = [new(Counter, 1)] }, null), (new() { Reads = Counter }, seen));
        run.Holds(Counter, 1);
        Assert.That(run.Violations(), Is.Empty);
    }

    [Test]
    public void A_read_must_not_see_what_comes_later()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Reads = Counter }, seen: 1);
        run.Does(Outcome.Acknowledged, new() { Changes = [new(Counter, 1)] });
        run.Holds(Counter, 1);
        run.AssertViolates("a read sees nothing that nobody wrote");
    }

    [Test]
    public void A_read_has_to_give_a_value()
    {
        var run = Run.Good();
        run.Does(Outcome.Acknowledged, new() { Reads = Counter });
        run.AssertViolates("a read gives a value");
    }

    [Test]
    public void A_client_that_does_not_end_is_condemned()
    {
        var run = Run.Good();
        run.Chronicle.AddMishap("client 1 did not stop");
        run.AssertViolates("clients end when they are told to");
    }

    [Test]
    public void An_error_that_no_database_has_is_condemned()
    {
        var run = Run.Good();
        run.Meets(new Surprise("test", "NullReferenceException", "", 1));
        run.AssertViolates("errors are those of a database");
    }

    [Test]
    public void A_run_without_a_write_shows_nothing()
    {
        var run = Run.Empty();
        run.Does(Outcome.Failed, new() { Adds = [1] });
        Assert.That(run.Promises, Does.Contain(Shows));
    }

    [Test]
    public void A_run_without_a_read_shows_nothing_of_reads()
    {
        var run = Run.Empty();
        run.Does(Outcome.Acknowledged, new() { Adds = [1] });
        run.Has(1);
        run.Does(Outcome.Failed, new() { Reads = Counter });
        run.AssertViolates(Shows);
    }

    [Test]
    public void A_line_that_was_not_written_to_its_end_counts_as_not_written()
    {
        var run = Run.Good();
        run.Tail = "E{\"Number\":";
        Assert.That(run.Violations(), Is.Empty);
    }

    [Test]
    public void A_run_with_faults_in_which_nothing_failed_shows_nothing()
    {
        var run = Run.Good();
        run.HasFaults = true;
        run.AssertViolates(Shows);
    }

    [Test]
    public void A_fault_that_did_not_come_about_is_none()
    {
        var run = Run.Good();
        run.HasFaults = true;
        run.Suffers(FaultReport.NotInStep);
        run.AssertViolates(Shows);
        run.Suffers(FaultReport.Happened);
        Assert.That(run.Violations(), Is.Empty);
    }
}
