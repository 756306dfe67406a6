using System.Data;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>Runs failing statements through every door on both sides and collects what differs.</summary>
internal sealed class Comparison(Side bare, Side mirrored, MirroredDbDataSource source, ServerFlavor flavor)
{
    /// <summary>Neighbours in the catalogue fail alike: together they meet every door.</summary>
    private const int Stride = 7;

    private long _suspicions;

    public List<string> Differences { get; } = [];

    public int Count { get; private set; }

    /// <param name="statement">What fails.</param>
    /// <param name="number">Its place in the catalogue, which chooses its doors, and for each of them a frame.</param>
    public async Task CompareAsync(FailingStatement statement, int number)
    {
        await bare.CloseAsync();
        await mirrored.CloseAsync();
        var (hasFailed, count) = (false, Count);
        var stride = statement.MeetsEveryDoor ? 1 : Stride;
        for (var i = number % stride; i < Door.All.Count; i += stride)
        {
            var door = Door.All[i];
            if (!IsOpenTo(door, statement))
                continue;
            var frame = statement.Frames[(i + number / stride) % statement.Frames.Count];
            var expected = await bare.SeeAsync(frame, door, statement);
            var actual = await mirrored.SeeAsync(frame, door, statement);
            hasFailed |= expected.HasFailed;
            Compare(statement, frame, door, expected, actual);
            var isChanged = bare.IsChangedBy(expected) || mirrored.IsChangedBy(actual);
            await bare.RestoreAsync(isChanged);
            await mirrored.RestoreAsync(isChanged);
        }

        if (count != Count && !hasFailed)
            Differences.Add($"{statement}\n    does not fail on {flavor}");
    }

    private static bool IsOpenTo(Door door, FailingStatement statement)
    {
        if (door.NeedsText && statement.Type != CommandType.Text)
            return false;
        if (Driver.Factory.CanCreateBatch)
            return true;
        // What has no batches is MySql.Data.
        return !door.NeedsBatches && statement.Point != FailurePoint.LaterRow && (!door.NeedsText || statement.Point == FailurePoint.Statement);
    }

    private void Compare(FailingStatement statement, Frame frame, Door door, Sighting bareSighting, Sighting mirroredSighting)
    {
        Count++;
        var expected = bareSighting.Lines;
        // The mirror has two databases to look into: both have to hold what the bare one does.
        var actual = mirroredSighting.Lines;
        var differences = expected.Except(actual).Select(l => $"    bare:     {l}").Concat(actual.Except(expected).Select(l => $"    mirrored: {l}")).ToList();
        var suspects = source.Status.Suspects;
        var suspicions = suspects.Sum(t => t.Count);
        // What has succeeded, as a prepared CALL may, can be suspect for reasons of its own.
        if (suspicions != _suspicions && mirroredSighting.HasFailed)
            differences.AddRange(suspects.Select(t => $"    suspect:  {t.Table}: {t.Reason}"));
        _suspicions = suspicions;
        if (source.Status.Mode != MirrorMode.Mirrored)
            differences.Add($"    mode:     {source.Status.Mode}");
        if (differences.Count > 0 && !KnownDifferences.Cover(new Outcome(statement, door, expected, actual)))
            Differences.Add($"{statement}\n    {door.Name}, {frame.Name}\n{string.Join('\n', differences)}");
    }
}
