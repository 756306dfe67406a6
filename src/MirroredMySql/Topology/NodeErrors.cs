using System.Globalization;
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

    public static MirroredDbException Silent(Node node, Exception cause) =>
        new(
            $"The {node.Name} does not answer: {Said(cause).TrimEnd('.')}. Check that the server runs, and that nothing on the way holds its packets back; "
            + $"{nameof(MirroredMySqlOptions.NodeTimeout)} says how long it may take.",
            new IOException(Said(cause)), isTransient: true)
        {
            Node = node.Role,
        };

    public static MirroredDbException Stalled(Node node)
    {
        var what = $"it answers questions, but has taken no write within {nameof(MirroredMySqlOptions.NodeTimeout)}, twice in a row";
        return new($"The {node.Name} cannot serve: {what}. Look whether its disk is full or has stalled, or whether somebody has locked it (FLUSH TABLES WITH READ LOCK).",
            new IOException(what), isTransient: true)
        {
            Node = node.Role,
        };
    }

    public static MirroredDbException TookTooLong(Node node, int seconds) =>
        new(
            $"The {node.Name} has not answered within {seconds} s, the command's timeout, and the connection is given up. Raise CommandTimeout if the "
            + "statement may take longer.",
            new TimeoutException())
        {
            Node = node.Role,
        };

    public static MirroredDbException Ended(Node node) =>
        new($"The wait for the {node.Name} is ended, because the data source is disposed.", new IOException("The data source is disposed.")) { Node = node.Role };

    public static MirroredDbException NeitherAnswers(Node primary, Exception first, Node standby, Exception second) =>
        new(
            $"Neither node can be reached: the {primary.Name} says \"{Said(first)}\", the {standby.Name} says \"{Said(second)}\". "
            + "Check that the servers run and that hosts, ports and firewalls fit.",
            new AggregateException(first, second), isTransient: true);

    /// <summary>Whether an attempt to connect says that the node cannot serve; what is the caller's own, or a pool's, does not.</summary>
    /// <exception cref="MirroredDbException">The connection string is wrong, which waiting does not mend.</exception>
    public static bool SpeaksAgainst(Node node, Exception error, CancellationToken cancellationToken) => DriverFailure.ClassifyConnect(error, cancellationToken) switch
    {
        FailureKind.Configuration => throw Misconfigured(node, error),
        FailureKind.Misuse => false,
        FailureKind.Interrupted => error is not OperationCanceledException,
        _ => true,
    };

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

    public static MirroredDbException OtherAccount(Node node, OtherAccount other) =>
        new(
            $"The {node.Name} is used by a process on {other.Host} with the account {other.Theirs}, and here with {other.Ours}. An account cannot end the "
            + "connections of another one, which the mirror does where a process dies. Give User ID the same value in all processes; to change "
            + $"it, end all of them first. One that was killed counts for a {nameof(MirroredMySqlOptions.Lease)}.")
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

    public static MirroredDbException LacksWrites(Node node, Node lead, Exception cause) =>
        new(
            $"The {lead.Name} cannot be reached, and the {node.Name} lacks writes that only that one holds. Start the {lead.Role.Name()}. If it is gone "
            + $"for good, switch the lead with force ({nameof(MirroredDbDataSource.SwitchLeadAsync)}).",
            cause, isTransient: true)
        {
            Node = lead.Role,
        };

    public static MirroredDbException Split(Node primary, Node standby) =>
        new(
            $"The {primary.Name} and the {standby.Name} have both taken writes alone, so that neither holds all of them. Say which one counts, with "
            + $"{nameof(MirroredDbDataSource.ResolveSplitAsync)}, or set {nameof(MirroredMySqlOptions.ConflictResolution)} in all processes: what the other one "
            + $"wrote alone is then set aside in {MirrorTables.Prefix}conflict.");

    public static MirroredDbException SplitWithoutJournal(Node winner, Node loser) =>
        new(
            $"The {winner.Name} and the {loser.Name} have both taken writes alone. The {loser.Role.Name()} does not count, but it has given its journal up, so that "
            + $"what it wrote cannot be set aside. Save what you need from its tables, and call {nameof(MirroredDbDataSource.ResolveSplitAsync)}: they are then overwritten.");

    public static MirroredDbException Unrelated(Node primary, Node standby) =>
        new(
            $"What the {primary.Name} and the {standby.Name} say of themselves does not come from each other, as after a restore of one of them, so that "
            + $"nobody knows which rows are the right ones. Say which one counts, with {nameof(MirroredDbDataSource.ResolveSplitAsync)}: all tables are then copied from it.");

    public static MirroredDbException NoSplit(Node lead) =>
        new($"The nodes are not at odds: the {lead.Name} leads, and the other one takes part or catches up. There is nothing to decide.");

    public static MirroredDbException NoState(Node node) =>
        new(
            $"The {node.Name} has no state of the mirror's, so that it cannot take the lead. Start when both nodes can be reached, or set "
            + $"{nameof(MirroredMySqlOptions.StartAlone)}.")
        {
            Node = node.Role,
        };

    /// <param name="wanted">Who is to lead.</param>
    /// <param name="lead">Who leads.</param>
    /// <param name="missed">How many transactions it lacks, or null when the lead cannot be asked.</param>
    /// <param name="cause">Why the lead cannot be asked.</param>
    public static MirroredDbException NotInStep(Node wanted, Node lead, long? missed, Exception? cause = null) =>
        new(
            $"The {wanted.Name} cannot take the lead from the {lead.Name}: "
            + (missed is { } count
                ? string.Create(CultureInfo.InvariantCulture, $"it is not in step, and lacks {count} transactions so far. Wait until Status says Mirrored. ")
                : "that one cannot be reached, so that nobody knows what it has written alone. Start it. ")
            + $"With force, it leads without them; they are set aside in {MirrorTables.Prefix}conflict when both nodes meet.",
            cause, isTransient: true)
        {
            Node = wanted.Role,
        };

    public static MirroredDbException WitnessAbsent(Witness witness, Node survivor, Exception cause) =>
        new(
            $"The {witness.Name} cannot be asked whether the {survivor.Name} may go on alone: {cause.Message} Start it, or correct "
            + $"{nameof(MirroredMySqlOptions.Witness)}. Without it, an operator can switch the lead under {nameof(FailoverPolicy)} Manual.",
            cause, isTransient: true)
        {
            Node = survivor.Role,
        };

    public static MirroredDbException WitnessRefuses(Witness witness, Node survivor, string remedy) =>
        new(
            $"The {witness.Name} has given its word to the other node, so that the {survivor.Name} may not go on alone: the other one may be serving. "
            + $"Start that one. If it is gone for good, run \"{remedy}\" on the witness, and switch the lead with force.",
            null, isTransient: true)
        {
            Node = survivor.Role,
        };

    public static MirroredDbException WitnessIsNode(Witness witness, Node node) =>
        new(
            $"The {witness.Name} and the {node.Name} are the same server, which cannot be a witness to its own failure. Give "
            + $"{nameof(MirroredMySqlOptions.Witness)} a server of its own.")
        {
            Node = node.Role,
        };

    public static MirroredDbException UnreadableEntry(Node lead, Node target, long id, Exception cause) =>
        new(
            $"Entry {id} of {MirrorTables.Prefix}journal on the {lead.Name} cannot be read: {cause.Message} The {target.Name} stays out, for a write must not be "
            + "left out. Upgrade this process if a newer version has written the entry; past the bounds of the journal all tables are copied instead.",
            cause)
        {
            Node = lead.Role,
        };

    public static MirroredDbException CannotLose(Node lost, Node survivor, Exception cause) =>
        new(
            $"The {lost.Name} is lost, and the {survivor.Name} could not be told to go on alone: {cause.Message}", cause, isTransient: true)
        {
            Node = survivor.Role,
        };

    public static MirroredDbException MayBeBehind(Node survivor, Node lost, TimeSpan lease) =>
        new(
            $"The {survivor.Name} cannot go on alone: this process has heard nothing of the {lost.Name} for longer than its lease ({lease.TotalSeconds:0.#} s), and another "
            + "process may have gone on with that one since. It goes on by itself as soon as both can be reached.",
            null, isTransient: true)
        {
            Node = survivor.Role,
        };

    public static MirroredDbException MayBeStale(Node lead, Node other, TimeSpan lease, Exception? cause) =>
        new(
            $"The {lead.Name} cannot answer reads: this process has not heard of all nodes for longer than its lease ({lease.TotalSeconds:0.#} s), and another process "
            + $"may have gone on with the {other.Name} since. It goes on by itself as soon as both can be reached. {cause?.Message}".TrimEnd(),
            null, isTransient: true) // the cause speaks against another node than the one that was read from
        {
            Node = lead.Role,
        };

    public static MirroredDbException WasOut(Node node) =>
        new(
            $"The {node.Name} has been out while it was read from, so that it may have lacked rows. Nothing was changed; run it again.",
            new IOException("The node has been out."), isTransient: true)
        {
            Node = node.Role,
        };

    public static MirroredDbException Restarted(Node node) =>
        new(
            $"The {node.Name}'s server has restarted. It takes part again when the nodes have been compared, because a server without full durability "
            + "(innodb_flush_log_at_trx_commit=1, sync_binlog=1) loses commits that way.",
            null, isTransient: true)
        {
            Node = node.Role,
        };

    public static MirroredDbException LacksWrite(Node node, Exception cause) =>
        new(
            $"The {node.Name} has failed a write that the lead has carried out ({cause.Message}), so that their rows differ. It takes part again when the "
            + "tables are copied.",
            cause, isTransient: true)
        {
            Node = node.Role,
        };

    public static MirroredDbException RefusesWrites(Node node, Exception cause) =>
        new(
            $"The {node.Name} refuses most of the writes that the lead takes, because of locks that somebody holds there ({cause.Message}). "
            + "Look for transactions that do not pass through the mirror.",
            cause, isTransient: true)
        {
            Node = node.Role,
        };

    public static MirroredDbException NotKnownToAll(Node lead) =>
        new(
            $"The write is rolled back: the {lead.Name} leads alone, and it could not be made sure in time that all other processes know. "
            + "Nothing of it was committed; run it again.",
            null, isTransient: true, "40001")
        {
            Node = lead.Role,
        };

    public static MirroredDbException SameServer(Node primary, Node standby) =>
        new(
            $"The {primary.Name} and the {standby.Name} are the same database of the same server under two names. "
            + "Every write would run twice on it. Give the standby a server of its own.");

    // What the driver said of a node that was already found silent; a message within a message would say everything twice.
    private static string Said(Exception cause) => cause is MirroredDbException { InnerException: IOException said } ? said.Message : cause.Message;
}
