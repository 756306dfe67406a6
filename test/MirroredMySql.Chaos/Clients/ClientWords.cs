namespace MirroredMySql.Chaos.Clients;

/// <summary>The first words of the lines by which the controller and a client process talk over standard input and output.</summary>
internal static class ClientWords
{
    /// <summary>The client has begun to write.</summary>
    public const string Ready = "ready";

    /// <summary>The client's mirror has changed: the time, the epoch, the mode, the lead.</summary>
    public const string Mode = "mode";

    /// <summary>The client's mirror has changed the formation itself: the time, the event's name, a count.</summary>
    public const string Event = "event";

    /// <summary>The first word of the controller's question, and what became of it.</summary>
    public const string Answer = "answer";

    /// <summary>The client is to finish what is under way, and to end.</summary>
    public const string Stop = "stop";

    /// <summary>The client is to be killed at a step of the commit protocol: its name, and how often it has to come.</summary>
    public const string Die = "die";

    /// <summary>The client is to freeze at a step of the commit protocol: its name, and how often it has to come.</summary>
    public const string Freeze = "freeze";

    /// <summary>The client has reached that step, and freezes now.</summary>
    public const string Frozen = "frozen";

    /// <summary>No step means anything any more.</summary>
    public const string Disarm = "disarm";

    /// <summary>The client is to say when its next write is acknowledged.</summary>
    public const string Write = "write";

    /// <summary>The client is to ask for another lead: the node.</summary>
    public const string Switch = "switch";

    /// <summary>The answer to <see cref="Switch"/> when another node leads now than before.</summary>
    public const string Switched = "switched";
}
