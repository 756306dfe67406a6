using MirroredMySql.Diagnostics;

namespace MirroredMySql.Topology;

/// <summary>What a process makes of nodes that are at odds. Their rows stay as they are: the node that loses is told when it is received.</summary>
internal sealed partial class Mirror
{
    private string? _odds; // the tokens that were reported last

    public Node NodeOf(NodeRole role) => role == NodeRole.Primary ? Primary : Standby;

    /// <summary>The node that counts when both have led alone, or null where an operator has to say.</summary>
    public Node? Winner => Options.ConflictResolution switch
    {
        ConflictResolution.Primary => Primary,
        ConflictResolution.Standby => Standby,
        _ => null,
    };

    /// <summary>The error of whoever would read or write before somebody has said which node counts.</summary>
    /// <param name="lineage">What both rows mean.</param>
    /// <param name="isUnlisted">Whether the policy would decide, but the node that loses has no journal of what it wrote.</param>
    public MirroredDbException AtOdds(Lineage lineage, bool isUnlisted) =>
        isUnlisted ? NodeErrors.SplitWithoutJournal(Winner!, Other(Winner!))
        : lineage == Lineage.Split ? NodeErrors.Split(Primary, Standby) : NodeErrors.Unrelated(Primary, Standby);

    private Formation OnSplit(Lineage lineage, MirrorState primary, MirrorState standby)
    {
        // No node has it, so that nothing is committed by it; and it is the same each time that the same rows are met.
        var token = primary.Token[..16] + standby.Token[16..];
        var isNew = token != _odds;
        _odds = token;
        var winner = lineage == Lineage.Split ? Winner : null;
        var (won, lost) = winner == Primary ? (primary, standby) : (standby, primary);
        // Its writes are nowhere but in its tables: no policy may have them overwritten.
        var isUnlisted = winner is not null && lost.Mode == MirrorMode.Resyncing;
        if (winner is not null && !isUnlisted)
        {
            if (isNew)
                Log.SplitFound(_logger, winner.Name, Other(winner).Name);
            return new Formation(winner, null, won);
        }

        var error = AtOdds(lineage, isUnlisted);
        if (isNew)
            Log.SplitUndecided(_logger, error);
        var lead = _formation.Lead;
        var state = new MirrorState(Math.Max(primary.Epoch, standby.Epoch), token, MirrorState.None, MirrorMode.SplitBrain, lead.Role, error.Message);
        return new Formation(lead, null, state) { Refusal = () => AtOdds(lineage, isUnlisted) };
    }
}
