namespace MirroredMySql.Topology;

/// <summary>
/// Who leads and who follows, by a state row; the follower is missing while its node is absent. An instance never changes: a change of
/// formation is a new instance, so that a session notices one by comparing references.
/// </summary>
internal sealed class Formation(Node lead, Node? follower, MirrorState state)
{
    public Node Lead { get; } = lead;

    public Node? Follower { get; } = follower;

    public MirrorState State { get; } = state;

    /// <summary>What every write is fenced by: a node on which another token stands takes none of it.</summary>
    public string Token => State.Token;

    public bool Contains(Node node) => node == Lead || node == Follower;
}
