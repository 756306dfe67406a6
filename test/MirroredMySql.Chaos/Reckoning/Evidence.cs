using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Faults;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>All that a run leaves behind, and what it means.</summary>
/// <param name="Clients">How many client processes have begun to write; each has left a diary.</param>
/// <param name="HasFaults">Whether anything was to fail.</param>
/// <param name="HasPartitions">Whether the network was to split the clients, so that both nodes could lead alone.</param>
/// <param name="Chronicle">What happened when.</param>
/// <param name="Calm">The time at the end in which nothing failed and the clients still wrote.</param>
/// <param name="Ledger">What the clients have written down.</param>
/// <param name="Settlement">What has become of the mirror.</param>
/// <param name="Later">The same, when the nodes had been compared.</param>
/// <param name="Findings">What both nodes hold.</param>
internal sealed record Evidence(
    int Clients,
    bool HasFaults,
    bool HasPartitions,
    Chronicle Chronicle,
    Calm Calm,
    Ledger Ledger,
    Settlement Settlement,
    Settlement Later,
    Findings Findings)
{
    public IReadOnlyList<Violation> Violations() =>
    [
        .. Completeness(),
        .. Settlement.Violations(Later),
        .. Findings.Violations(Ledger),
        .. HasPartitions ? [] : Findings.SetAside(),
        .. ReadCheck.Run(Ledger),
        .. Calm.Violations(Ledger),
        .. Chronicle.Mishaps.Select(mishap => new Violation("clients end when they are told to", mishap)),
        .. Ledger.Surprises.Select(surprise => new Violation("errors are those of a database", $"{surprise.Kind}: {surprise.What}")),
    ];

    // A run in which nothing happened, or of which a part was not looked at, has shown nothing.
    private IEnumerable<Violation> Completeness()
    {
        if (Ledger.Diaries != Clients)
            yield return new("every client is reckoned with", FormattableString.Invariant($"{Clients} clients have begun and {Ledger.Diaries} diaries are there"));
        if (!Ledger.Entries.Any(entry => entry is { Expectation: Expectation.Done, Intent.Adds.Count: > 0 }))
            yield return new("the run shows something", "no write was acknowledged");
        if (!Ledger.Entries.Any(entry => entry is { Outcome: Outcome.Acknowledged, Intent.Reads: not null }))
            yield return new("the run shows something", "no read was acknowledged");
        if (HasFaults && !Chronicle.Faults.Any(fault => fault.HasHappened))
            yield return new("the run shows something", $"nothing has failed; the run was too short{NotHappened()}");
    }

    private string NotHappened() =>
        string.Concat(Chronicle.Faults.Select(fault => $", and {fault.Fault.Kind.Name} did not come about: {fault.Report.Note}"));
}

/// <summary>The time at the end in which nothing fails any more, but the clients still write.</summary>
/// <param name="Start">When all clients saw both nodes in step, or were given up.</param>
/// <param name="End">When the clients were asked to stop.</param>
/// <param name="Clients">The clients that ran.</param>
/// <param name="AreInStep">Whether all of them saw both nodes in step.</param>
internal sealed record Calm(long Start, long End, IReadOnlyList<int> Clients, bool AreInStep)
{
    public IEnumerable<Violation> Violations(Ledger ledger)
    {
        if (!AreInStep)
            yield return new("every client sees a healed mirror in step", "one of them does not, although nothing has failed for a long time");
        foreach (var client in Clients)
        {
            if (!ledger.Entries.Any(entry => entry.Client == client && entry.Expectation == Expectation.Done && entry.Ending!.At > Start))
                yield return new("every client writes again when nothing fails", FormattableString.Invariant($"client {client} has got nothing acknowledged"));
        }
    }
}
