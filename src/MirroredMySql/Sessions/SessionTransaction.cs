using System.Data;
using MirroredMySql.Journal;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>An explicit transaction of a session: one half on the lead, and, from the first write on, one on the follower.</summary>
internal sealed class SessionTransaction(string beginSql, IsolationLevel isolation)
{
    private readonly HashSet<string> _tables = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<RecordedWrite> _writes = [];

    /// <summary>What starts a half on either node.</summary>
    public string BeginSql { get; } = beginSql;

    public IsolationLevel Isolation { get; } = isolation;

    /// <summary>Whether it has read on the lead: what it saw there cannot be seen again on another node.</summary>
    public bool HasRead { get; set; }

    /// <summary>Whether two reads may see different states anyway, so that the second may as well come from another node.</summary>
    public bool ReadsWithoutSnapshot => Isolation is IsolationLevel.ReadCommitted or IsolationLevel.ReadUncommitted;

    public bool HasWritten { get; private set; }

    /// <summary>Whether the follower's half has run every write that the lead's has.</summary>
    public bool FollowerIsComplete { get; set; } = true;

    /// <summary>Whether the session was changed between its writes, so that they cannot run again behind one another.</summary>
    public bool ChangesSession { get; set; }

    /// <summary>Why nothing but a rollback is possible any more, or null.</summary>
    public Exception? Poison { get; private set; }

    /// <summary>Every table it has written, among them <see cref="Suspects.AnyTable"/> when one is not known.</summary>
    public IReadOnlyCollection<string> Tables => _tables;

    /// <summary>Every statement that has changed something, for a node that has to run them later.</summary>
    public IReadOnlyList<RecordedWrite> Writes => _writes;

    /// <summary>A statement without effect on rows that belongs to the transaction, such as a savepoint.</summary>
    public void Ran(string sql) => _writes.Add(new RecordedWrite("", sql, CommandType.Text, "", []));

    public void Wrote(IReadOnlyList<string> tables, RecordedWrite write)
    {
        write.Detach();
        _writes.Add(write);
        HasWritten = true;
        if (tables.Count == 0)
            _tables.Add(Suspects.AnyTable);
        _tables.UnionWith(tables);
    }

    /// <summary>
    /// Both halves are rolled back or have to be. The server itself would go on in autocommit mode, and a COMMIT would succeed
    /// without having committed anything.
    /// </summary>
    public void Fail(Exception cause) => Poison ??= cause;

    /// <summary>START TRANSACTION with an isolation level for this transaction only.</summary>
    public static string Begin(IsolationLevel isolation) => isolation switch
    {
        IsolationLevel.Unspecified => "START TRANSACTION;",
        IsolationLevel.ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;START TRANSACTION;",
        IsolationLevel.ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;START TRANSACTION;",
        IsolationLevel.RepeatableRead => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;START TRANSACTION;",
        IsolationLevel.Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;START TRANSACTION;",
        IsolationLevel.Snapshot => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;START TRANSACTION WITH CONSISTENT SNAPSHOT;",
        _ => throw new NotSupportedException(
            $"Isolation level {isolation} is not one of MySQL's. Use ReadCommitted, RepeatableRead, Serializable or Snapshot."),
    };
}
