namespace MirroredMySql.Topology;

/// <summary>
/// Who leads and who follows, by a state row; the follower is missing while its node is absent. An instance never changes: a change of
/// formation is a new instance, so that a session notices one by comparing references.
/// </summary>
internal sealed class Formation(Node lead, Node? follower, MirrorState state, Announcement announcement)
{
    private (int OfPrimary, int OfStandby) _absences;

    public Node Lead { get; } = lead;

    public Node? Follower { get; } = follower;

    public MirrorState State { get; } = state;

    /// <summary>Whether all processes know of it, where that has to be waited for.</summary>
    public Announcement Announcement { get; } = announcement;

    /// <summary>What every write is fenced by: a node on which another token stands takes none of it.</summary>
    public string Token => State.Token;

    /// <summary>Why nothing is read or written for now, or null: an operator has to say which node counts.</summary>
    public Func<MirroredDbException>? Refusal { get; init; }

    public Formation(Node lead, Node? follower, MirrorState state)
        : this(lead, follower, state, follower is null && !state.IsAnnounced ? new Announcement() : Announcement.Made)
    {
    }

    /// <summary>The same, as it follows a former one: what is known of its epoch and of the nodes' absences is known still.</summary>
    public Formation After(Formation former)
    {
        var followsAtOnce = FollowsAtOnce(former);
        return new Formation(Lead, Follower, State, former.Token == Token ? former.Announcement : Announcement)
        {
            Refusal = Refusal,
            _absences = (
                former._absences.OfPrimary + (followsAtOnce && Contains(NodeRole.Primary) ? 0 : 1),
                former._absences.OfStandby + (followsAtOnce && Contains(NodeRole.Standby) ? 0 : 1)),
        };
    }

    public bool Contains(Node node) => Refusal is null && (node == Lead || node == Follower);

    /// <summary>How often a node has taken no part for a while, or may have, as far as this process knows.</summary>
    public int AbsencesOf(Node node) => node.Role == NodeRole.Primary ? _absences.OfPrimary : _absences.OfStandby;

    /// <summary>
    /// Whether no epoch can have come and gone between, in which a node of both was out. A node that returns leaves its own row to the lead's
    /// new one, so that only the number says which epoch of the lead's came before.
    /// </summary>
    private bool FollowsAtOnce(Formation former) =>
        Token == former.Token || State.Previous == former.Token
        || (Lead == former.Lead && former.Follower is null && State.Epoch == former.State.Epoch + 1);

    private bool Contains(NodeRole role) => Refusal is null && (Lead.Role == role || Follower?.Role == role);

    /// <exception cref="MirroredDbException">Neither node counts for now.</exception>
    public void RequireDecided()
    {
        if (Refusal is { } refusal)
            throw refusal();
    }
}
