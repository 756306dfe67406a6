using System.Diagnostics;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Faults;
using MirroredMySql.Chaos.Reckoning;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Tests.Chaos;

/// <summary>The end of a chaos run as it is read by people and scripts.</summary>
public sealed class FaultTextTests
{
    [Test]
    public async Task The_last_line_says_that_the_run_passed()
    {
        var run = Run.Good();
        run.Does(Outcome.InDoubt, new() { Adds = [2] });
        run.Chronicle.Add(new FormationChange(Stopwatch.GetTimestamp(), 1, "NodeAdmitted", 120));
        run.Chronicle.Add(new FormationChange(Stopwatch.GetTimestamp(), 0, "NodeAdmitted", 3));
        var text = await TextOfAsync(run);
        Assert.That(text.Count(line => line.StartsWith("chaos:", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(text[^1], Does.StartWith("chaos: passed: seed 5, ").And.Contains(" 1 acknowledged, 0 failed, 1 in doubt, 0 failovers, 123 replayed, "));
    }

    [Test]
    public async Task The_last_line_says_that_the_run_failed_and_those_before_it_say_why()
    {
        var run = Run.Good();
        run.OnStandby.Clear();
        run.PrimaryState = run.PrimaryState with { Suspects = new Dictionary<string, string> { ["entries"] = "a COMMIT was lost" } };
        run.Differences["entries"] = ["a row"];
        var text = await TextOfAsync(run);
        Assert.That(text[^1], Does.StartWith("chaos: FAILED (2 violations): "));
        Assert.That(text, Has.Some.StartsWith("VIOLATED: no acknowledged write is lost: 1 times"));
        Assert.That(text.Count(line => line.Contains("DIFFERS: a COMMIT was lost", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Only_faults_that_came_about_are_counted()
    {
        var run = Run.Good();
        run.Suffers(FaultReport.Happened);
        run.Suffers(FaultReport.NotInStep);
        run.Suffers(FaultReport.NoneFree);
        var text = await TextOfAsync(run);
        Assert.That(text[^1], Does.Contain(" 1 faults, "));
        Assert.That(text, Has.Some.Match(@"^  test +1  longest outage .*, 2 more did not come about$"));
    }

    private static async Task<string[]> TextOfAsync(Run run)
    {
        using var output = new StringWriter();
        var evidence = run.Evidence();
        var settings = new FaultSettings(ServerFlavor.MariaDb, TimeSpan.FromSeconds(20), 2, 4, Seed: 5, HasPartitions: false, Selection: null);
        await new FaultText(settings, evidence, evidence.Violations(), output).WriteAsync(papers: null);
        return output.GetStringBuilder().ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
