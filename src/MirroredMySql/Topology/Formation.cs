namespace MirroredMySql.Topology;

/// <summary>
/// Who leads and who follows; a follower is missing while its node is absent. An instance never changes: a change of formation is
/// a new instance, so that a session notices one by comparing references.
/// </summary>
internal sealed class Formation(Node lead, Node? follower)
{
    public Node Lead { get; } = lead;

    public Node? Follower { get; } = follower;

    public bool Contains(Node node) => node == Lead || node == Follower;
}
