namespace MirroredMySql.Sessions;

/// <summary>The steps of the write path, of an agreement, and of a node's way back, at which a process may die. Nobody listens but tests that want to die at one of them.</summary>
internal static class ProtocolSteps
{
    public const string LeadRan = "lead-ran";
    public const string FollowerRan = "follower-ran";
    public const string Fenced = "fenced";
    public const string Committing = "committing";
    public const string Committed = "committed";

    /// <summary>The primary's row is read, and the standby's is not yet.</summary>
    public const string RowRead = "row-read";

    /// <summary>What a node wrote alone is set aside on the other one; its own row does not tell yet.</summary>
    public const string SetAside = "set-aside";

    /// <summary>An entry of the journal has run on the node that had missed it, in a transaction that is still open.</summary>
    public const string EntryRan = "entry-ran";

    /// <summary>A schema change is about to run there, and its beginning is on record.</summary>
    public const string ChangeBegun = "change-begun";

    /// <summary>Entries that share a transaction are committed there.</summary>
    public const string EntriesCommitted = "entries-committed";

    /// <summary>A batch of entries is committed there, and still in the journal.</summary>
    public const string BatchCommitted = "batch-committed";

    public const string BatchRemoved = "batch-removed";

    /// <summary>The returned node is kept from stale writers and is about to be given what it has missed.</summary>
    public const string NodeReceived = "node-received";

    public const string BarrierTaken = "barrier-taken";
    public const string SuspectsCopied = "suspects-copied";

    /// <summary>The lead's row says that a node is in step again; the node's own does not yet.</summary>
    public const string Admitting = "admitting";

    public const string NodeAdmitted = "node-admitted";

    /// <summary>All tables are on record as suspect, and the journal is not given up yet.</summary>
    public const string ResyncRecorded = "resync-recorded";

    public const string ResyncAnnounced = "resync-announced";

    /// <summary>Told of each step, on the thread that has reached it.</summary>
    public static Action<string>? Observer { get; set; }

    public static void Reached(string step) => Observer?.Invoke(step);
}
