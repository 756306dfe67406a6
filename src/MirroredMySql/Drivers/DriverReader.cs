using System.Data;
using System.Data.Common;

namespace MirroredMySql.Drivers;

/// <summary>The calls to a driver's commands and readers, in one form for synchronous and asynchronous callers.</summary>
internal static class DriverReader
{
    public static async ValueTask<DbDataReader> ReadAsync(
        this DbCommand command, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        DbDataReader? reader;
        try
        {
            reader = async ? await command.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false) : command.ExecuteReader(behavior);
        }
        catch (NullReferenceException e)
        {
            throw Killed(e);
        }

        // MySql.Data returns null when the query was killed, and its other methods then stumble over that.
        return reader ?? throw Killed(null);
    }

    public static async ValueTask<int> NonQueryAsync(this DbCommand command, bool async, CancellationToken cancellationToken)
    {
        try
        {
            return async ? await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) : command.ExecuteNonQuery();
        }
        catch (NullReferenceException e)
        {
            throw Killed(e);
        }
    }

    public static async ValueTask<bool> AdvanceAsync(this DbDataReader reader, bool async, CancellationToken cancellationToken) =>
        async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read();

    public static async ValueTask<bool> NextResultAsync(this DbDataReader reader, bool async, CancellationToken cancellationToken) =>
        async ? await reader.NextResultAsync(cancellationToken).ConfigureAwait(false) : reader.NextResult();

    /// <summary>Reads to the very end. Closing alone would swallow the errors of later statements, with both drivers.</summary>
    public static async ValueTask DrainAsync(this DbDataReader reader, bool async)
    {
        while (await reader.NextResultAsync(async, CancellationToken.None).ConfigureAwait(false))
        {
        }
    }

    public static async ValueTask DisposeAsync(this DbDataReader reader, bool async)
    {
        if (async)
            await reader.DisposeAsync().ConfigureAwait(false);
        else
            reader.Dispose();
    }

    private static MirroredDbException Killed(NullReferenceException? cause)
    {
        var exception = new MirroredDbException("The query was killed on the server (KILL QUERY).", cause);
        exception.Data[DriverFailure.ServerErrorCode] = DriverFailure.QueryInterrupted;
        return exception;
    }
}
