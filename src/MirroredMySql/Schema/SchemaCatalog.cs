using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Schema;

/// <summary>
/// What is known of the databases, kept current: read when it is first needed and after every schema change of this process, and now
/// and then, for those of others. Thread-safe.
/// </summary>
internal sealed class SchemaCatalog(TimeProvider time, ILogger logger) : IDisposable
{
    // How old knowledge may become: at least this, and so much that reading it takes no more than a fiftieth of the time.
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);
    private const int CostFactor = 50;

    private readonly ConcurrentDictionary<string, Entry> _databases = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is known at this moment, or null.</summary>
    public DatabaseFacts? Known(string database) => _databases.TryGetValue(database, out var entry) ? entry.Facts : null;

    /// <summary>A schema change has run: what was known is not true any more.</summary>
    public void Invalidate(string database) => EntryOf(database).IsValid = false;

    /// <summary>The facts of a database, read again when they are too old.</summary>
    /// <param name="database">The database.</param>
    /// <param name="lead">Where to read on the lead.</param>
    /// <param name="follower">Where to read on the follower, or null when it is absent; the two are compared.</param>
    /// <param name="syntax">How the servers read SQL in these sessions.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the wait for another reader.</param>
    public ValueTask<DatabaseFacts> GetAsync(
        string database, SchemaConnection lead, SchemaConnection? follower, SqlSyntax syntax, bool async, CancellationToken cancellationToken)
    {
        var entry = EntryOf(database);
        return entry.Facts is { } facts && entry.IsValid && time.GetTimestamp() < entry.GoodUntil
            ? ValueTask.FromResult(facts)
            : RefreshAsync(entry, database, lead, follower, syntax, async, cancellationToken);
    }

    public void Dispose()
    {
        foreach (var entry in _databases.Values)
            entry.Dispose();
    }

    private async ValueTask<DatabaseFacts> RefreshAsync(
        Entry entry, string database, SchemaConnection lead, SchemaConnection? follower, SqlSyntax syntax, bool async, CancellationToken cancellationToken)
    {
        // Knowledge that has only aged serves until somebody has read it again; none, or what is known to be wrong, has to be waited for.
        var mayWait = entry.Facts is null || !entry.IsValid;
        var timeout = mayWait ? Timeout.InfiniteTimeSpan : TimeSpan.Zero;
        var entered = async
            ? await entry.Reading.WaitAsync(timeout, cancellationToken).ConfigureAwait(false)
            : entry.Reading.Wait(timeout, cancellationToken);
        if (!entered)
            return entry.Facts!;
        try
        {
            if (entry.Facts is { } read && entry.IsValid && time.GetTimestamp() < entry.GoodUntil)
                return read;
            var begun = time.GetTimestamp();
            entry.IsValid = true; // from here on: a change meanwhile makes what is being read invalid again
            var facts = await OnAsync(lead, one => follower is { } there
                ? OnAsync(there, async other => await CompareAsync(await ReadAsync(one).ConfigureAwait(false), one, other).ConfigureAwait(false))
                : ReadAsync(one)).ConfigureAwait(false);
            entry.Facts = facts;
            entry.GoodUntil = time.GetTimestamp() + Math.Max(
                (long)(Freshness.TotalSeconds * time.TimestampFrequency), (time.GetTimestamp() - begun) * CostFactor);
            return facts;
        }
        catch
        {
            entry.IsValid = false;
            throw;
        }
        finally
        {
            entry.Reading.Release();
        }

        async ValueTask<DatabaseFacts> OnAsync(SchemaConnection node, Func<DbConnection, ValueTask<DatabaseFacts>> read)
        {
            var aside = node.TryOpenAside is { } tryOpen ? await tryOpen(async).ConfigureAwait(false) : null;
            if (aside is not null)
            {
                try
                {
                    return await read(aside.Physical).ConfigureAwait(false);
                }
                catch (DbException) when (!cancellationToken.IsCancellationRequested)
                {
                    // What has become of a connection that is not the session's must not fail the session.
                }
                finally
                {
                    await aside.CloseAsync(async).ConfigureAwait(false);
                }
            }

            return await read(node.Own).ConfigureAwait(false);
        }

        ValueTask<DatabaseFacts> ReadAsync(DbConnection connection) =>
            new DatabaseReader(connection, database, syntax, async, cancellationToken).ReadAsync();

        async ValueTask<DatabaseFacts> CompareAsync(DatabaseFacts facts, DbConnection one, DbConnection other)
        {
            try
            {
                var former = entry.Facts?.Unlike ?? [];
                var unlike = facts.UnlikeIn(await ReadAsync(other).ConfigureAwait(false));
                if (unlike.IsSubsetOf(former))
                    return facts.With(unlike);
                // Somebody may be between the two nodes with a schema change: look again while nobody can be.
                using var mutex = one.CreateCommand();
                mutex.CommandText = $"SELECT GET_LOCK({SchemaMutex.Name(database)},0) LIMIT 1";
                if (Convert.ToInt64(await ScalarAsync(mutex).ConfigureAwait(false), CultureInfo.InvariantCulture) != 1)
                    return facts.With(former);
                try
                {
                    facts = await ReadAsync(one).ConfigureAwait(false);
                    unlike = facts.UnlikeIn(await ReadAsync(other).ConfigureAwait(false));
                }
                finally
                {
                    mutex.CommandText = $"SELECT RELEASE_LOCK({SchemaMutex.Name(database)}) LIMIT 1";
                    await ScalarAsync(mutex).ConfigureAwait(false);
                }

                if (!unlike.IsSubsetOf(former))
                    Log.SchemasDiffer(logger, database, string.Join(", ", unlike.Order(StringComparer.Ordinal)));
                return facts.With(unlike);
            }
            catch (DbException e)
            {
                // Whatever is the matter with the follower, the write itself will meet it and draw the conclusions.
                Log.SchemaNotRead(logger, e, database);
                return facts;
            }
        }

        async ValueTask<object?> ScalarAsync(DbCommand command) =>
            await command.ScalarAsync(async, CancellationToken.None).ConfigureAwait(false);
    }

    private Entry EntryOf(string database) => _databases.GetOrAdd(database, static _ => new Entry());

    private sealed class Entry : IDisposable
    {
        public readonly SemaphoreSlim Reading = new(1, 1);

        public volatile DatabaseFacts? Facts;

        public volatile bool IsValid;

        public long GoodUntil;

        public void Dispose() => Reading.Dispose();
    }
}
