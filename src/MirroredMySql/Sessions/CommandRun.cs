using System.Data;
using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>One of the caller's commands, taken apart into statements.</summary>
/// <param name="Caller">The driver's command with the parameters.</param>
/// <param name="Script">Its statements.</param>
/// <param name="Report">Is told the command's affected rows when all of its statements have run; null when nobody asks.</param>
internal sealed record ScriptedCommand(CallerCommand Caller, SqlScript Script, Action<int>? Report = null);

/// <summary>
/// Carries out commands statement by statement and stops wherever one has rows for the caller. What a bare driver does when a reader
/// is closed early holds here too: the statements behind it still run.
/// </summary>
internal sealed class CommandRun(Session session, IReadOnlyList<ScriptedCommand> commands, CommandBehavior behavior)
{
    private ScriptedCommand? _current;
    private int _command;
    private int _statement;
    private int _affectedByCommand = -1;
    private NodeReader? _rows;
    private IUnfinished? _unfinished;
    private Presence? _presence;
    private NodeConnection? _connection;

    /// <summary>Affected rows of all writes so far, or -1 when there was none.</summary>
    public int Affected { get; private set; } = -1;

    /// <summary>Runs everything and throws result sets away.</summary>
    public async ValueTask<int> RunToEndAsync(bool async, CancellationToken cancellationToken)
    {
        while (await NextRowsAsync(wantsRows: false, async, cancellationToken).ConfigureAwait(false) is not null)
        {
        }

        return Affected;
    }

    /// <summary>Goes on to the next result set.</summary>
    /// <returns>The reader that stands on it, or null when there is none left.</returns>
    public async ValueTask<NodeReader?> NextRowsAsync(bool wantsRows, bool async, CancellationToken cancellationToken)
    {
        using var use = session.Use();
        if (_rows is not null)
        {
            if (await AdvanceAsync(_rows, async, cancellationToken).ConfigureAwait(false))
                return _rows;
            await FinishAsync(_rows, async).ConfigureAwait(false);
            ReportWhenDone();
        }

        while (_command < commands.Count)
        {
            _current = commands[_command];
            var result = await StepAsync(_current, wantsRows, async, cancellationToken).ConfigureAwait(false);
            Count(result.Affected);
            if (result.Rows is { } rows)
            {
                (_rows, _unfinished, _presence, _connection) = (rows, result.Unfinished, result.Presence, session.Answering);
                if (rows.FieldCount > 0)
                    return rows;
                await FinishAsync(rows, async).ConfigureAwait(false);
            }

            ReportWhenDone();
        }

        return null;
    }

    /// <summary>A read of a row failed: draws the conclusions and says what to throw.</summary>
    public async ValueTask<Exception> FailedAsync(Exception exception, bool async)
    {
        // Whatever stood behind the failed statement does not run, as with a bare driver.
        _command = commands.Count;
        var (rows, unfinished) = (_rows, _unfinished);
        (_rows, _unfinished) = (null, null);
        if (rows is not null)
            await CloseFailedAsync(rows, async).ConfigureAwait(false);
        if (unfinished is not null)
            return await unfinished.FailedAsync(exception, async).ConfigureAwait(false);
        if (_connection is { } connection)
            await Reads.FailedAsync(session, connection, exception, async).ConfigureAwait(false);
        return exception;
    }

    /// <summary>Ends the current result set and runs what is left.</summary>
    public async ValueTask CloseAsync(bool async)
    {
        var rows = _rows;
        // A plain read with nothing behind it needs no reading to the end: the driver knows how to break it off.
        if (rows is not null && _unfinished is null && _command >= commands.Count)
        {
            _rows = null;
            await rows.DisposeAsync(async).ConfigureAwait(false);
            Count(rows.RecordsAffected);
            ReportWhenDone();
            return;
        }

        await RunToEndAsync(async, CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask<StatementResult> StepAsync(
        ScriptedCommand command, bool wantsRows, bool async, CancellationToken cancellationToken)
    {
        var innerBehavior = behavior & ~CommandBehavior.CloseConnection;
        try
        {
            if (command.Script.IsReadOnly && session.Autocommit && !session.MentionsWritingView(command.Script.Text))
            {
                _command++;
                return await Reads.ExecuteAsync(session, command.Script.Text, null, command.Caller, innerBehavior, async, cancellationToken).ConfigureAwait(false);
            }

            var statement = command.Script.Statements[_statement++];
            if (_statement >= command.Script.Statements.Count)
                (_command, _statement) = (_command + 1, 0);
            // One row is a wish for the whole text; a statement among several must not be cut short.
            return await StatementExecution.ExecuteAsync(
                session, statement, command.Caller, command.Script.Statements.Count > 1 ? innerBehavior & ~CommandBehavior.SingleRow : innerBehavior,
                wantsRows, async, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _command = commands.Count;
            throw;
        }
    }

    private async ValueTask<bool> AdvanceAsync(NodeReader rows, bool async, CancellationToken cancellationToken)
    {
        try
        {
            var isThere = await rows.NextResultAsync(async, cancellationToken).ConfigureAwait(false);
            if (isThere && _presence is { } presence)
                await presence.RequireAsync(async, cancellationToken).ConfigureAwait(false);
            return isThere;
        }
        catch (Exception e)
        {
            throw await FailedAsync(e, async).ConfigureAwait(false);
        }
    }

    private async ValueTask FinishAsync(NodeReader rows, bool async)
    {
        var unfinished = _unfinished;
        (_rows, _unfinished) = (null, null);
        try
        {
            await CloseAsync(rows, unfinished, async).ConfigureAwait(false);
            Count(rows.RecordsAffected);
            if (unfinished is not null)
                await unfinished.FinishAsync(rows.RecordsAffected, async).ConfigureAwait(false);
        }
        catch
        {
            _command = commands.Count;
            throw;
        }
    }

    private static async ValueTask CloseAsync(NodeReader rows, IUnfinished? unfinished, bool async)
    {
        try
        {
            await rows.DisposeAsync(async).ConfigureAwait(false);
        }
        catch (Exception e) when (unfinished is not null)
        {
            throw await unfinished.FailedAsync(e, async).ConfigureAwait(false);
        }
    }

    private async ValueTask CloseFailedAsync(NodeReader rows, bool async)
    {
        try
        {
            await rows.DisposeAsync(async).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The caller gets the error that came first; that the reader of a broken connection closes badly adds nothing.
            Log.ReaderClosedBadly(session.Mirror.Logger, e);
        }
    }

    private void Count(int affected)
    {
        if (affected < 0)
            return;
        Affected = Math.Max(Affected, 0) + affected;
        _affectedByCommand = Math.Max(_affectedByCommand, 0) + affected;
    }

    private void ReportWhenDone()
    {
        if (_statement != 0)
            return;
        _current?.Report?.Invoke(_affectedByCommand);
        _affectedByCommand = -1;
    }
}
