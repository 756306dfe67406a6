namespace MirroredMySql.Topology;

/// <summary>
/// Who leads and who follows, by a state row; the follower is missing while its node is absent. An instance never changes: a change of
/// formation is a new instance, so that a session notices one by comparing references.
/// </summary>
internal sealed class Formation(Node lead, Node? follower, MirrorState state, Announcement announcement)
{
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

    /// <summary>The same epoch, as it was announced before.</summary>
    public Formation After(Formation former) =>
        former.Token == Token ? new Formation(Lead, Follower, State, former.Announcement) { Refusal = Refusal } : this;

    public bool Contains(Node node) => Refusal is null && (node == Lead || node == Follower);

    /// <summary>
    /// Whether no epoch can have come and gone between, in which a node of both was out. A node that returns leaves its own row to the lead's
    /// new one, so that only the number says which epoch of the lead's came before.
    /// </summary>
    public bool FollowsAtOnce(Formation former) =>
        Token == former.Token || State.Previous == former.Token
        || (Lead == former.Lead && former.Follower is null && State.Epoch == former.State.Epoch + 1);

    /// <exception cref="MirroredDbException">Neither node counts for now.</exception>
    public void RequireDecided()
    {
        if (Refusal is { } refusal)
            throw refusal();
    }
}
