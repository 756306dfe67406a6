using System.Data;
using System.Data.Common;

namespace MirroredMySql.Drivers;

/// <summary>
/// The calls to a driver's commands, in one form for synchronous and asynchronous callers, each looked after while it waits for its server.
/// </summary>
internal static class DriverReader
{
    public static async ValueTask<NodeReader> ReadAsync(
        this DbCommand command, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        var line = Line.Of(command.Connection);
        DbDataReader? reader;
        try
        {
            reader = async
                ? await AnswerAsync(line, command, (command, behavior, cancellationToken), static c => c.command.ExecuteReaderAsync(c.behavior, c.cancellationToken)).ConfigureAwait(false)
                : Answer(line, command, (command, behavior), static c => c.command.ExecuteReader(c.behavior));
        }
        catch (NullReferenceException e)
        {
            throw Killed(command, e);
        }

        // MySql.Data returns null when the query was killed, and its other methods then stumble over that.
        return reader is null ? throw Killed(command, null) : new NodeReader(reader, line, command.CommandTimeout);
    }

    public static async ValueTask<int> NonQueryAsync(this DbCommand command, bool async, CancellationToken cancellationToken)
    {
        var line = Line.Of(command.Connection);
        try
        {
            return async
                ? await AnswerAsync(line, command, (command, cancellationToken), static c => c.command.ExecuteNonQueryAsync(c.cancellationToken)).ConfigureAwait(false)
                : Answer(line, command, command, static c => c.ExecuteNonQuery());
        }
        catch (NullReferenceException e)
        {
            throw Killed(command, e);
        }
    }

    public static async ValueTask<object?> ScalarAsync(this DbCommand command, bool async, CancellationToken cancellationToken)
    {
        var line = Line.Of(command.Connection);
        return async
            ? await AnswerAsync(line, command, (command, cancellationToken), static c => c.command.ExecuteScalarAsync(c.cancellationToken)).ConfigureAwait(false)
            : Answer(line, command, command, static c => c.ExecuteScalar());
    }

    public static async ValueTask PrepareAsync(this DbCommand command, bool async, CancellationToken cancellationToken)
    {
        var line = Line.Of(command.Connection);
        if (async)
            await AnswerAsync(line, command, (command, cancellationToken), static c => AsResultAsync(c.command.PrepareAsync(c.cancellationToken))).ConfigureAwait(false);
        else
            Answer(line, command, command, static c => Prepare(c));
    }

    /// <summary>Closes a connection at the end of a block, without waiting for one that was given up.</summary>
    public static LineEnd Ending(this DbConnection? connection, bool async) => new(connection, async);

    private static ValueTask<T> AnswerAsync<TOn, T>(Line? line, DbCommand command, TOn on, Func<TOn, Task<T>> call) =>
        line is null ? new ValueTask<T>(call(on)) : line.WaitAsync(on, command.CommandTimeout, call);

    private static T Answer<TOn, T>(Line? line, DbCommand command, TOn on, Func<TOn, T> call) =>
        line is null ? call(on) : line.Answer(on, command.CommandTimeout, call);

    private static async Task<bool> AsResultAsync(Task call)
    {
        await call.ConfigureAwait(false);
        return true;
    }

    private static bool Prepare(DbCommand command)
    {
        command.Prepare();
        return true;
    }

    private static MirroredDbException Killed(DbCommand command, NullReferenceException? cause)
    {
        // It stumbles in the same way where it has closed the connection in the midst of the answer.
        if (command.Connection is not { State: ConnectionState.Open })
            return new MirroredDbException("The connection was lost while the answer was read.", cause);
        var exception = new MirroredDbException("The query was killed on the server (KILL QUERY).", cause);
        exception.Data[DriverFailure.ServerErrorCode] = DriverFailure.QueryInterrupted;
        return exception;
    }
}
