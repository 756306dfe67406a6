using Microsoft.Extensions.Logging.Abstractions;
using MirroredMySql.Topology;

namespace MirroredMySql.Tests.Topology;

[TestFixture]
public sealed class SuspectsTests
{
    private readonly Suspects _suspects = new(TimeProvider.System, NullLogger.Instance);

    [SetUp]
    public void Suspect()
    {
        _suspects.Replace([], _suspects.Era);
        _suspects.Settle();
        _suspects.Saved(_suspects.Unsaved);
        _suspects.BeginEra();
        _suspects.Add(["item"], "it may differ");
    }

    [Test]
    public void What_is_on_record_is_not_written_down_again()
    {
        _suspects.Saved(_suspects.Unsaved);
        _suspects.Add(["ITEM"], "it may differ once more");

        Assert.That(_suspects.Unsaved, Is.Empty);
    }

    [Test]
    public void In_another_epoch_it_is_because_it_may_have_been_mended_and_taken_off_meanwhile()
    {
        _suspects.Saved(_suspects.Unsaved);
        _suspects.BeginEra();
        _suspects.Add(["item"], "it may differ once more");

        Assert.That(_suspects.Unsaved.Select(s => s.Table), Is.EqualTo(new[] { "item" }));
    }

    [Test]
    public void What_was_read_or_written_in_a_former_epoch_is_no_record_of_this_one([Values] bool isRead)
    {
        var (era, unsaved) = (_suspects.Era, _suspects.Unsaved);
        _suspects.BeginEra();
        if (isRead)
            _suspects.Replace(unsaved, era);
        else
            _suspects.Saved(unsaved);
        _suspects.Add(["item"], "it may differ once more");

        Assert.That(_suspects.Unsaved.Select(s => s.Table), Is.EqualTo(new[] { "item" }));
    }
}
