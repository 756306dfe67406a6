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

    private readonly ConcurrentDictionary<string, SuspectTable> _unsaved = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that only this process knows of so far.</summary>
    public IReadOnlyCollection<SuspectTable> Unsaved => _unsaved.IsEmpty ? [] : [.. _unsaved.Values];

    /// <summary>Told of every statement that gives reason for suspicion, on the thread that ran it.</summary>
    public event Action<SuspectTable>? Added;

    public bool IsEmpty => _tables.IsEmpty;

    public IReadOnlyList<SuspectTable> Snapshot() => [.. _tables.Values.OrderBy(t => t.Table, StringComparer.Ordinal)];

    /// <summary>They are in the lead's table by now.</summary>
    public void Saved(IEnumerable<SuspectTable> suspects)
    {
        foreach (var suspect in suspects)
            _unsaved.TryRemove(KeyValuePair.Create(suspect.Table, suspect));
    }

    /// <summary>Takes over what the lead's table says, beside what only this process knows of.</summary>
    public void Replace(IReadOnlyCollection<SuspectTable> saved)
    {
        foreach (var table in _tables.Keys)
        {
            if (!_unsaved.ContainsKey(table) && !saved.Any(s => s.Table.Equals(table, StringComparison.OrdinalIgnoreCase)))
                _tables.TryRemove(table, out _);
        }

        foreach (var suspect in saved)
            _tables.TryAdd(suspect.Table, suspect);
    }

    /// <summary>
    /// A node is back, and the tables are equal again that are on record so far: what is suspected from now on has to be written down, also
    /// where it was before.
    /// </summary>
    public void Settle()
    {
        foreach (var table in _tables.Keys)
        {
            if (!_unsaved.ContainsKey(table))
                _tables.TryRemove(table, out _);
        }
    }

    public void Add(IReadOnlyCollection<string> tables, string reason, Exception? cause = null)
    {
        foreach (var table in tables.Count == 0 ? [AnyTable] : tables)
        {
            var entry = _tables.AddOrUpdate(
                table,
                static (name, arg) => new SuspectTable(name, arg.reason, arg.now, 1),
                static (_, known, _) => known with { Count = known.Count + 1 },
                (reason, now: time.GetUtcNow()));
            if (entry.Count == 1)
                _unsaved[table] = entry;
            MirroredMySqlMetrics.Diverged(table);
            Added?.Invoke(entry with { Reason = reason });
            // One line per table: a node that is away for an hour must not fill the disk.
            if (entry.Count == 1)
                Log.TableSuspect(logger, cause, table, reason);
        }
    }
}
