using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>Looks on both nodes for what nobody knows the end of: it happened on both or on neither.</summary>
internal static class PairCheck
{
    public static IEnumerable<Violation> Run(Ledger ledger, NodeContents primary, NodeContents standby)
    {
        foreach (var entry in ledger.Entries.Where(entry => entry.Expectation == Expectation.DoneOrUndone))
        {
            var different = entry.Intent.Adds.Concat(entry.Intent.Removes).Where(id => primary.CountOf(id) != standby.CountOf(id)).ToList();
            if (different.Count > 0)
            {
                var where = primary.CountOf(different[0]) > standby.CountOf(different[0]) ? primary.Name : standby.Name;
                yield return new("what is in doubt is on both nodes or on neither", $"id {different[0]} is on the {where} only", entry);
            }
        }
    }
}
