using System.Data.Common;

namespace MirroredMySql.Drivers;

/// <summary>A driver's reader, and the line that it reads from: each step that may wait for the server is looked after.</summary>
internal sealed class NodeReader(DbDataReader rows, Line? line, int limit) : IDisposable
{
    /// <summary>The driver's own, for whatever waits for nothing.</summary>
    public DbDataReader Rows => rows;

    public int FieldCount => rows.FieldCount;

    public int RecordsAffected => rows.RecordsAffected;

    public ValueTask<bool> AdvanceAsync(bool async, CancellationToken cancellationToken) => async
        ? AnswerAsync(static r => r.rows.ReadAsync(r.cancellationToken), cancellationToken, isSignOfLife: false)
        : new ValueTask<bool>(Answer(static r => r.Read(), isSignOfLife: false));

    public ValueTask<bool> NextResultAsync(bool async, CancellationToken cancellationToken) => async
        ? AnswerAsync(static r => r.rows.NextResultAsync(r.cancellationToken), cancellationToken)
        : new ValueTask<bool>(Answer(static r => r.NextResult()));

    /// <summary>Reads to the very end. Closing alone would swallow the errors of later statements, with both drivers.</summary>
    public async ValueTask DrainAsync(bool async)
    {
        while (await NextResultAsync(async, CancellationToken.None).ConfigureAwait(false))
        {
        }
    }

    public async ValueTask DisposeAsync(bool async)
    {
        if (line is { IsBroken: true })
            return;
        if (async)
            await AnswerAsync(static r => AsResultAsync(r.rows.DisposeAsync()), CancellationToken.None).ConfigureAwait(false);
        else
            Answer(static r => Close(r));
    }

    /// <summary>For what is read to its end: closing it waits for nothing, unless reading has failed. Of a connection that was given up, nothing is closed.</summary>
    public void Dispose()
    {
        if (line is { IsBroken: true })
            return;
        try
        {
            Answer(static r => Close(r));
        }
        catch (MirroredDbException) when (line is { IsBroken: true })
        {
            // Nobody waits for it any more, and what has gone wrong was said before.
        }
    }

    public object GetValue(int ordinal) => rows.GetValue(ordinal);

    public string GetString(int ordinal) => rows.GetString(ordinal);

    public long GetInt64(int ordinal) => rows.GetInt64(ordinal);

    public DateTime GetDateTime(int ordinal) => rows.GetDateTime(ordinal);

    public bool IsDBNull(int ordinal) => rows.IsDBNull(ordinal);

    private ValueTask<bool> AnswerAsync(
        Func<(DbDataReader rows, CancellationToken cancellationToken), Task<bool>> call, CancellationToken cancellationToken, bool isSignOfLife = true) =>
        line is null ? new ValueTask<bool>(call((rows, cancellationToken))) : line.WaitAsync((rows, cancellationToken), limit, call, isSignOfLife);

    private bool Answer(Func<DbDataReader, bool> call, bool isSignOfLife = true) => line is null ? call(rows) : line.Answer(rows, limit, call, isSignOfLife);

    private static bool Close(DbDataReader rows)
    {
        rows.Dispose();
        return true;
    }

    private static async Task<bool> AsResultAsync(ValueTask closing)
    {
        await closing.ConfigureAwait(false);
        return true;
    }
}
