using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>Looks on one node for what every deed has to show in rows.</summary>
internal static class EntryCheck
{
    public static IEnumerable<Violation> Run(Ledger ledger, NodeContents node)
    {
        var removals = ledger.Entries
            .SelectMany(entry => entry.Intent.Removes.Select(id => (Id: id, Entry: entry)))
            .ToDictionary(removal => removal.Id, removal => removal.Entry);
        foreach (var entry in ledger.Entries)
        {
            var isAdded = entry.Intent.Adds.Where(id => !IsRemoved(id)).Select(id => node.CountOf(id) > 0).ToList();
            // A removal that failed leaves the ids to the deed that has added them.
            var isRemoved = entry.Expectation == Expectation.Undone ? [] : entry.Intent.Removes.Select(id => node.CountOf(id) == 0).ToList();
            foreach (var violation in Judge(entry, [.. isAdded, .. isRemoved], node))
                yield return violation;
            foreach (var id in entry.Intent.Adds.Where(id => node.CountOf(id) > 1))
                yield return new("a write happens once", $"id {id} is {node.CountOf(id)} times on the {node.Name}", entry);
        }
        var known = ledger.Entries.SelectMany(entry => entry.Intent.Adds).ToHashSet();
        foreach (var id in node.Entries.Keys.Where(id => !known.Contains(id)))
            yield return new("nothing is written that nobody wrote", $"id {id} is on the {node.Name}, and no client wrote it");

        // What the removal may have taken is the removal's to show.
        bool IsRemoved(long id) => removals.TryGetValue(id, out var removal) && removal.Expectation != Expectation.Undone;
    }

    private static IEnumerable<Violation> Judge(Entry entry, IReadOnlyList<bool> isDone, NodeContents node)
    {
        var (done, all) = (isDone.Count(done => done), isDone.Count);
        var what = $"{done} of {all} rows are done on the {node.Name}";
        switch (entry.Expectation)
        {
            case Expectation.Done when done < all:
                yield return new("no acknowledged write is lost", what, entry);
                break;
            case Expectation.Undone when done > 0:
                var promise = entry switch
                {
                    { Intent.RollsBack: true } => "what was rolled back is gone",
                    _ => "what failed did not happen",
                };
                yield return new(promise, what, entry);
                break;
            case Expectation.DoneOrUndone when done > 0 && done < all:
                yield return new("what is in doubt happened as a whole or not at all", what, entry);
                break;
        }
    }
}
