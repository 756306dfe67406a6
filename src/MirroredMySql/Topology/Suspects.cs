using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;

namespace MirroredMySql.Topology;

/// <summary>The tables that may differ between the nodes. Thread-safe.</summary>
internal sealed class Suspects(TimeProvider time, ILogger logger)
{
    /// <summary>Stands for every table, where a statement's tables are not known.</summary>
    public const string AnyTable = "*";

    private readonly ConcurrentDictionary<string, SuspectTable> _tables = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Told of every statement that gives reason for suspicion, on the thread that ran it.</summary>
    public event Action<SuspectTable>? Added;

    public IReadOnlyList<SuspectTable> Snapshot() => [.. _tables.Values.OrderBy(t => t.Table, StringComparer.Ordinal)];

    public void Add(IReadOnlyCollection<string> tables, string reason, Exception? cause = null)
    {
        foreach (var table in tables.Count == 0 ? [AnyTable] : tables)
        {
            var entry = _tables.AddOrUpdate(
                table,
                static (name, arg) => new SuspectTable(name, arg.reason, arg.now, 1),
                static (_, known, _) => known with { Count = known.Count + 1 },
                (reason, now: time.GetUtcNow()));
            MirroredMySqlMetrics.Diverged(table);
            Added?.Invoke(entry with { Reason = reason });
            // One line per table: a node that is away for an hour must not fill the disk.
            if (entry.Count == 1)
                Log.TableSuspect(logger, cause, table, reason);
        }
    }
}
