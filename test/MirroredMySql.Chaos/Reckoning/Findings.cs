using MirroredMySql.Chaos.Judgment;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What both nodes hold at the end.</summary>
/// <param name="Primary">The primary's share of what the clients have written.</param>
/// <param name="Standby">The standby's.</param>
/// <param name="Comparison">All tables of both, row by row, whatever the mirror says of them.</param>
internal sealed record Findings(NodeContents Primary, NodeContents Standby, NodeFindings Comparison)
{
    public IEnumerable<Violation> Violations(Ledger ledger)
    {
        foreach (var (table, differences) in Comparison.Differences)
            yield return new("both nodes hold the same rows", $"{table}: {string.Join("; ", differences)}");
        if (Comparison.Tables == 0)
            yield return new("both nodes hold the same rows", "no table was found to compare");
        foreach (var (node, sum) in new[] { (Primary, Comparison.PrimarySum), (Standby, Comparison.StandbySum) })
        {
            if (sum != 0)
                yield return new("no money is made or lost", FormattableString.Invariant($"the balances on the {node.Name} are off by {sum}"));
            if (node.State.Mode != nameof(MirrorMode.Mirrored))
                yield return new("a healed mirror is in step again", $"the row of the {node.Name} says {node.State.Mode}");
            if (node.State.Journaled > 0)
                yield return new("a mirror in step keeps no journal", FormattableString.Invariant($"the {node.Name} still holds {node.State.Journaled} missed writes"));
            foreach (var violation in EntryCheck.Run(ledger, node).Concat(CellCheck.Run(ledger, node)).Concat(RegisterCheck.Run(ledger, node)))
                yield return violation;
        }
        if (Primary.State.Token != Standby.State.Token)
            yield return new("a healed mirror is in step again", FormattableString.Invariant($"the primary is in epoch {Primary.State.Epoch} and the standby in epoch {Standby.State.Epoch}, of another name"));
        foreach (var violation in PairCheck.Run(ledger, Primary, Standby))
            yield return violation;
    }

    /// <summary>What one node was overruled in, which must not be where all clients reach the same nodes.</summary>
    public IEnumerable<Violation> SetAside() =>
        from node in new[] { Primary, Standby }
        where node.State.SetAside > 0
        select new Violation("nothing is set aside where no client is split off", FormattableString.Invariant($"{node.State.SetAside} writes are in mirror_conflict on the {node.Name}"));
}
