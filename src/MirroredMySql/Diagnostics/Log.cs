using Microsoft.Extensions.Logging;

namespace MirroredMySql.Diagnostics;

/// <summary>Everything that is logged, by number. No message carries a statement's text or a parameter's value.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "The {Node} is in step ({Version}).")]
    public static partial void NodeInStep(ILogger logger, string node, string version);

    [LoggerMessage(2, LogLevel.Error, "The {Node} is lost while {Activity}; the {Lead} serves alone.")]
    public static partial void NodeLost(ILogger logger, Exception cause, string node, string activity, string lead);

    [LoggerMessage(3, LogLevel.Error, "The {Node} leads now: the {Former} is lost while {Activity}.")]
    public static partial void FailedOver(ILogger logger, Exception cause, string node, string former, string activity);

    [LoggerMessage(4, LogLevel.Error, "The {Node} is lost while {Activity}, and no other node can serve.")]
    public static partial void NoNodeLeft(ILogger logger, Exception cause, string node, string activity);

    [LoggerMessage(5, LogLevel.Warning, "Whether a COMMIT has landed on the {Node} cannot be found out now.")]
    public static partial void NotSettled(ILogger logger, Exception cause, string node);

    [LoggerMessage(6, LogLevel.Error, "Table {Table} may differ between the nodes: {Reason}")]
    public static partial void TableSuspect(ILogger logger, Exception? cause, string table, string reason);

    [LoggerMessage(7, LogLevel.Warning, "The system time zones of the primary and the standby differ. Set time_zone to the same value on both.")]
    public static partial void TimeZonesDiffer(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "One node is MariaDB and the other MySQL: some statements mean different things to them.")]
    public static partial void FamiliesDiffer(ILogger logger);

    [LoggerMessage(12, LogLevel.Debug, "The reader of a failed command could not be closed.")]
    public static partial void ReaderClosedBadly(ILogger logger, Exception cause);

    [LoggerMessage(8, LogLevel.Debug, "A command could not be cancelled.")]
    public static partial void CancelFailed(ILogger logger, Exception cause);

    [LoggerMessage(9, LogLevel.Debug, "A write lost a deadlock on the follower and runs again (attempt {Attempt}).")]
    public static partial void WriteRetried(ILogger logger, int attempt);

    [LoggerMessage(10, LogLevel.Warning, "A connection to the {Node} could not be cleaned up and is dropped.")]
    public static partial void ConnectionDropped(ILogger logger, Exception cause, string node);

    [LoggerMessage(13, LogLevel.Error, "The nodes define these objects of database {Database} differently: {Objects}. Writes to them are suspect until both agree.")]
    public static partial void SchemasDiffer(ILogger logger, string database, string objects);

    [LoggerMessage(14, LogLevel.Warning, "The schema of database {Database} could not be read on the follower and is not compared.")]
    public static partial void SchemaNotRead(ILogger logger, Exception cause, string database);

    [LoggerMessage(15, LogLevel.Warning, "Suspect tables could not be written down on the {Node}; they are tried again.")]
    public static partial void SuspectsNotSaved(ILogger logger, Exception cause, string node);

    [LoggerMessage(16, LogLevel.Information, "The {Node} has caught up with {Count} missed writes and is in step again.")]
    public static partial void NodeAdmitted(ILogger logger, string node, long count);

    [LoggerMessage(17, LogLevel.Warning, "The {Node} could not be brought back yet.")]
    public static partial void NotCaughtUp(ILogger logger, Exception cause, string node);

    [LoggerMessage(18, LogLevel.Warning, "The nodes could not be looked after; it is tried again.")]
    public static partial void MonitorFailed(ILogger logger, Exception cause);

    [LoggerMessage(21, LogLevel.Error, "A transaction was committed on one node only, by a process that has died or could not find out. These tables are copied to the {Follower}, which leaves for that: {Tables}.")]
    public static partial void HalfCommitFound(ILogger logger, string tables, string follower);

    [LoggerMessage(20, LogLevel.Error, "The {Survivor} could not go on alone when the {Lost} was lost.")]
    public static partial void CannotGoOnAlone(ILogger logger, Exception cause, string survivor, string lost);

    [LoggerMessage(19, LogLevel.Information, "The {Node} leads now, because it was told to.")]
    public static partial void LeadSwitched(ILogger logger, string node);

    [LoggerMessage(40, LogLevel.Error, "Both nodes have led alone. The {Winner} counts, as ConflictResolution says; what the {Loser} wrote alone will be set aside.")]
    public static partial void SplitFound(ILogger logger, string winner, string loser);

    [LoggerMessage(41, LogLevel.Error, "The nodes are at odds, and an operator has to say which one counts.")]
    public static partial void SplitUndecided(ILogger logger, Exception cause);

    [LoggerMessage(42, LogLevel.Error, "The {Loser} led alone and does not count: {Count} transactions that only it had are set aside in {Table} of the {Winner}.")]
    public static partial void WritesSetAside(ILogger logger, string loser, long count, string table, string winner);

    [LoggerMessage(43, LogLevel.Warning, "The {Witness} cannot be reached. While that is so, no node can go on alone.")]
    public static partial void WitnessAbsent(ILogger logger, Exception cause, string witness);

    [LoggerMessage(44, LogLevel.Error, "The {Node} leads alone now, because it was forced to. Whatever only the {Former} has written is missing there.")]
    public static partial void LeadForced(ILogger logger, string node, string former);

    [LoggerMessage(30, LogLevel.Warning, "The {Node} needs a resync: it has missed more than {Bound} allows ({Rows} writes, {Bytes} bytes, the oldest {Age} ago). Writes are not kept for it any more; all tables are copied to it when it is back.")]
    public static partial void ResyncNeeded(ILogger logger, string node, string bound, long rows, long bytes, TimeSpan age);

    [LoggerMessage(31, LogLevel.Warning, "The {Node} cannot catch up with the writers: they are slowed down until it has.")]
    public static partial void WritersSlowed(ILogger logger, string node);

    [LoggerMessage(32, LogLevel.Information, "Writers wait while {Count} suspect tables are copied to the {Node}.")]
    public static partial void SuspectsCopied(ILogger logger, int count, string node);

    [LoggerMessage(33, LogLevel.Warning, "The {Node} was lost again soon after it had come back; it is tried again in {Delay}.")]
    public static partial void NodeFlaps(ILogger logger, string node, TimeSpan delay);

    [LoggerMessage(34, LogLevel.Warning, "The lead could not be given back to the {Node} yet.")]
    public static partial void NotFailedBack(ILogger logger, Exception cause, string node);

    [LoggerMessage(35, LogLevel.Warning, "The suspect tables could not be read on the {Node}; it is tried again.")]
    public static partial void SuspectsNotRead(ILogger logger, Exception cause, string node);
}
