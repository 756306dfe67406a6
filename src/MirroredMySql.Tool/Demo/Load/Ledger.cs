using System.Diagnostics;
using MirroredMySql.Tool.Demo.Shop;

namespace MirroredMySql.Tool.Demo.Load;

/// <summary>The sum of all receipts. Thread-safe.</summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _rows = [];
    private LedgerTotals _totals;

    /// <summary>A consistent copy of the counters.</summary>
    public LedgerTotals Totals
    {
        get
        {
            lock (_lock)
                return _totals;
        }
    }

    /// <summary>The rows that each table must have, where that is known.</summary>
    public IReadOnlyDictionary<string, long> Rows
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, long>(_rows);
        }
    }

    /// <param name="receipt">What was done.</param>
    /// <param name="started">When it was begun, by <see cref="Stopwatch.GetTimestamp"/>; what is done in preparation is not timed.</param>
    public void Enter(Receipt receipt, long? started = null)
    {
        var elapsed = started is { } timestamp && receipt.Writes > 0 ? Stopwatch.GetElapsedTime(timestamp) : TimeSpan.Zero;
        lock (_lock)
        {
            _totals.Writes += receipt.Writes;
            _totals.Rollbacks += receipt.IsRollback ? 1 : 0;
            _totals.TimedWrites += elapsed > TimeSpan.Zero ? receipt.Writes : 0;
            _totals.WritingTime += elapsed;
            foreach (var (table, count) in receipt.Rows)
                _rows[table] = _rows.GetValueOrDefault(table) + count;
        }
    }

    /// <summary>Something lost a deadlock, or waited too long for a lock, and is run again.</summary>
    public void EnterRetry()
    {
        lock (_lock)
            _totals.Retries++;
    }
}

/// <summary>The counters of a <see cref="Ledger"/>.</summary>
internal record struct LedgerTotals
{
    /// <summary>Acknowledged write statements.</summary>
    public long Writes { get; set; }

    /// <summary>Transactions that their callers rolled back.</summary>
    public long Rollbacks { get; set; }

    /// <summary>Deadlock victims that were run again.</summary>
    public long Retries { get; set; }

    /// <summary>Those of <see cref="Writes"/> that <see cref="WritingTime"/> is about.</summary>
    public long TimedWrites { get; set; }

    /// <summary>The time that callers spent in what wrote, from opening the connection to the acknowledgement.</summary>
    public TimeSpan WritingTime { get; set; }
}
