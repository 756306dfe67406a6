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

    [LoggerMessage(19, LogLevel.Information, "The {Node} leads now, because it was told to.")]
    public static partial void LeadSwitched(ILogger logger, string node);
}
