using MirroredMySql.Drivers;

namespace MirroredMySql.Topology;

/// <summary>The errors about a node: each names the node, what is wrong and what to do.</summary>
internal static class NodeErrors
{
    public static MirroredDbException CannotReach(Node node, Exception cause) =>
        new($"The {node.Name} cannot be reached. Check that the server runs and that host, port and firewall fit.", cause, isTransient: true)
        {
            Node = node.Role,
        };

    public static MirroredDbException NeitherAnswers(Node primary, Exception first, Node standby, Exception second) =>
        new(
            $"Neither node can be reached: the {primary.Name} says \"{first.Message}\", the {standby.Name} says \"{second.Message}\". "
            + "Check that the servers run and that hosts, ports and firewalls fit.",
            new AggregateException(first, second), isTransient: true);

    public static MirroredDbException Misconfigured(Node node, Exception cause) =>
        new(
            DriverFailure.Number(cause) switch
            {
                1045 or 1698 => $"The {node.Name} refuses the login. Check User ID and Password in its connection string.",
                1049 => $"The {node.Name} has no such database. Create it there, or correct Database in its connection string.",
                1044 => $"The {node.Name} gives this account no right to the database. Grant it, or correct User ID or Database.",
                1130 => $"The {node.Name} accepts no connections from this host. Allow the account to connect from here.",
                1820 or 1862 => $"The {node.Name} wants the account's password changed first.",
                3118 or 4151 => $"The {node.Name} has locked the account. Unlock it, or use another one.",
                3159 => $"The {node.Name} wants TLS. Set SslMode=Required in its connection string.",
                _ => $"The {node.Name} refuses the connection: {cause.Message}",
            },
            cause)
        {
            Node = node.Role,
        };

    public static MirroredDbException NoDatabase(Node node) =>
        new($"The connection to the {node.Name} has no database. Add Database=… to its connection string.") { Node = node.Role };

    public static MirroredDbException CannotUse(Node node, string database, Exception cause) =>
        new($"The {node.Name} cannot change to the database {database}, which the other node has. Create it there and grant the account its rights.", cause)
        {
            Node = node.Role,
        };

    public static MirroredDbException CannotCreateTables(Node node, Exception cause) =>
        new(
            $"The account may not create the tables in which the mirror keeps its state on the {node.Name}. Grant CREATE, or have them created: "
            + string.Join("; ", node.Tables.Definitions.Select(d => string.Join(' ', d.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))),
            cause)
        {
            Node = node.Role,
        };

    public static MirroredDbException NeedsBoth(Node missing, Node reachable, Exception cause) =>
        new(
            $"The {missing.Name} cannot be reached, and whether it has led alone since, nobody here can tell: the {reachable.Name} says that both were "
            + $"in step when it last heard. Start when both can be reached, or set {nameof(MirroredMySqlOptions.StartAlone)}.",
            cause, isTransient: true)
        {
            Node = missing.Role,
        };

    public static MirroredDbException Split(Node primary, Node standby) =>
        new(
            $"The {primary.Name} and the {standby.Name} have both taken writes alone, so that neither holds all of them. Decide which one counts, "
            + $"and delete the other's row in {MirrorTables.Prefix}state: its tables are then copied from the one that counts.");

    public static MirroredDbException NotInStep(Node wanted, Node lead) =>
        new(
            $"The {wanted.Name} is not in step, so that it cannot take the lead from the {lead.Name}: it would lack writes. Wait until Status says Mirrored.",
            null, isTransient: true)
        {
            Node = wanted.Role,
        };

    public static MirroredDbException CannotLose(Node lost, Node survivor, Exception cause) =>
        new(
            $"The {lost.Name} is lost, and the {survivor.Name} could not be told to go on alone: {cause.Message}", cause, isTransient: true)
        {
            Node = survivor.Role,
        };

    public static MirroredDbException SameServer(Node primary, Node standby) =>
        new(
            $"The {primary.Name} and the {standby.Name} are the same database of the same server under two names. "
            + "Every write would run twice on it. Give the standby a server of its own.");
}
