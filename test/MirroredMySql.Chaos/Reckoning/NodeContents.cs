namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What one node holds of what the clients have written, and what the mirror has noted there.</summary>
/// <param name="Name">The node.</param>
/// <param name="Entries">How often each id is there.</param>
/// <param name="Cells">Each number's value, by its <see cref="Clients.Cells"/> name.</param>
/// <param name="Registers">Each register's mark, by its id.</param>
/// <param name="State">The mirror's state row.</param>
internal sealed record NodeContents(
    string Name,
    IReadOnlyDictionary<long, long> Entries,
    IReadOnlyDictionary<string, long> Cells,
    IReadOnlyDictionary<int, long> Registers,
    NodeState State)
{
    public long CountOf(long id) => Entries.GetValueOrDefault(id);

    /// <summary>
    /// What this node has to show of a deed. Only rows of acknowledged deeds are ever removed by others, so that the rows of one in doubt speak
    /// for it.
    /// </summary>
    public Expectation Resolve(Entry entry) => (entry.Expectation, entry.Intent.Adds) switch
    {
        (Expectation.DoneOrUndone, [var id, ..]) => CountOf(id) > 0 ? Expectation.Done : Expectation.Undone,
        var (expectation, _) => expectation,
    };
}

/// <summary>What the mirror has noted on one node.</summary>
/// <param name="Epoch">The number of the epoch.</param>
/// <param name="Token">Its name.</param>
/// <param name="Mode">Its mode.</param>
/// <param name="Journaled">How many missed writes the journal still holds.</param>
/// <param name="SetAside">How many writes were set aside there, because both nodes had led alone.</param>
/// <param name="Suspects">The tables that may differ, each with the reason.</param>
internal sealed record NodeState(
    long Epoch, string Token, string Mode, long Journaled, long SetAside, IReadOnlyDictionary<string, string> Suspects);
