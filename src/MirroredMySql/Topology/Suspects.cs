using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;

namespace MirroredMySql.Topology;

/// <summary>The tables that may differ between the nodes. Thread-safe.</summary>
internal sealed class Suspects(TimeProvider time, ILogger logger)
{
    /// <summary>Stands for every table, where a statement's tables are not known.</summary>
    public const string AnyTable = "*";

    /// <summary>Stands for every table of another database than the nodes' own.</summary>
    public static string AnyTableOf(string database) => $"{database}.{AnyTable}";

    private readonly ConcurrentDictionary<string, SuspectTable> _tables = new(StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, (SuspectTable Suspect, int Era)> _unsaved = new(StringComparer.OrdinalIgnoreCase);

    // The era in which each was on record: whoever ends an epoch may have mended it and taken it off.
    private readonly ConcurrentDictionary<string, int> _recorded = new(StringComparer.OrdinalIgnoreCase);

    private int _era;

    /// <summary>Counts the epochs that this process has seen.</summary>
    public int Era => Volatile.Read(ref _era);

    /// <summary>Those that only this process knows of so far.</summary>
    public IReadOnlyCollection<SuspectTable> Unsaved => _unsaved.IsEmpty ? [] : [.. _unsaved.Values.Select(u => u.Suspect)];

    /// <summary>Told of every statement that gives reason for suspicion, on the thread that ran it.</summary>
    public event Action<SuspectTable>? Added;

    public bool IsEmpty => _tables.IsEmpty;

    /// <summary>Whether one of these is among them.</summary>
    public bool HasAny(IReadOnlyCollection<string> tables) => tables.Count > 0 && (_tables.ContainsKey(AnyTable) || tables.Any(_tables.ContainsKey));

    public IReadOnlyList<SuspectTable> Snapshot() => [.. _tables.Values.OrderBy(t => t.Table, StringComparer.Ordinal)];

    /// <summary>They are in the lead's table by now.</summary>
    public void Saved(IEnumerable<SuspectTable> suspects)
    {
        foreach (var suspect in suspects)
        {
            if (_unsaved.TryGetValue(suspect.Table, out var unsaved) && unsaved.Suspect == suspect && _unsaved.TryRemove(KeyValuePair.Create(suspect.Table, unsaved)))
                _recorded[suspect.Table] = unsaved.Era;
        }
    }

    /// <summary>Takes over what the lead's table says, beside what only this process knows of.</summary>
    /// <param name="saved">What it says.</param>
    /// <param name="era">The one in which it was asked.</param>
    public void Replace(IReadOnlyCollection<SuspectTable> saved, int era)
    {
        foreach (var table in _tables.Keys)
        {
            if (!_unsaved.ContainsKey(table) && !saved.Any(s => s.Table.Equals(table, StringComparison.OrdinalIgnoreCase)))
                _tables.TryRemove(table, out _);
        }

        foreach (var suspect in saved)
        {
            _tables.TryAdd(suspect.Table, suspect);
            _recorded[suspect.Table] = era;
        }
    }

    /// <summary>
    /// Another epoch has begun. What is suspected from now on has to be written down, also where it was before: this process need not have seen
    /// the epoch in which it was mended.
    /// </summary>
    public void BeginEra() => Interlocked.Increment(ref _era);

    /// <summary>A node is back, and the tables are equal again that are on record so far.</summary>
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
            var era = Era;
            if (!_recorded.TryGetValue(table, out var recorded) || recorded != era)
                _unsaved.TryAdd(table, (entry, era));
            MirroredMySqlMetrics.Diverged(table);
            Added?.Invoke(entry with { Reason = reason });
            // One line per table: a node that is away for an hour must not fill the disk.
            if (entry.Count == 1)
                Log.TableSuspect(logger, cause, table, reason);
        }
    }
}
