namespace MirroredMySql.Chaos.Reckoning;

/// <summary>What one node holds of what the clients have written, and what the mirror has noted there.</summary>
/// <param name="Name">The node.</param>
/// <param name="Entries">How often each id is there.</param>
/// <param name="Cells">Each number's value, by its <see cref="Clients.Cells"/> name.</param>
/// <param name="State">The mirror's state row.</param>
internal sealed record NodeContents(
    string Name, IReadOnlyDictionary<long, long> Entries, IReadOnlyDictionary<string, long> Cells, NodeState State)
{
    public long CountOf(long id) => Entries.GetValueOrDefault(id);
}

/// <summary>What the mirror has noted on one node.</summary>
/// <param name="Epoch">The number of the epoch.</param>
/// <param name="Token">Its name.</param>
/// <param name="Mode">Its mode.</param>
/// <param name="Journaled">How many missed writes the journal still holds.</param>
/// <param name="Suspects">The tables that may differ, each with the reason.</param>
internal sealed record NodeState(
    long Epoch, string Token, string Mode, long Journaled, IReadOnlyDictionary<string, string> Suspects);
