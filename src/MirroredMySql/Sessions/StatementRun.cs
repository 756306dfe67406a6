using System.Data;
using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>What a node reported of a write.</summary>
internal readonly record struct WriteOutcome(int Affected, long InsertId, int Warnings);

/// <summary>
/// How one write and its context travel to a node: in one packet where the statement is plain text that gives no rows, otherwise as
/// context, statement, context.
/// </summary>
/// <param name="statement">The statement.</param>
/// <param name="sql">Its text as both nodes are to run it.</param>
/// <param name="caller">The caller's command.</param>
/// <param name="context">What has to be equal around it.</param>
internal sealed class StatementRun(Statement statement, string sql, CallerCommand caller, StatementContext context)
{
    private DbCommand _onLead = caller.Own;
    private DbParameter[]? _asGiven;

    /// <summary>Whether our own statements share the packet of the caller's.</summary>
    public bool IsOnePacket => caller.IsText && !statement.Traits.HasFlag(StatementTraits.ReturnsRows);

    /// <param name="lead">Where to run.</param>
    /// <param name="open">SQL that goes before everything else, such as START TRANSACTION.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the statement, as the bare driver would.</param>
    public async ValueTask<WriteOutcome> OnLeadAsync(NodeConnection lead, string open, bool async, CancellationToken cancellationToken)
    {
        if (!IsOnePacket)
        {
            _asGiven = caller.CopyParameters();
            await lead.ExecuteAsync(open + context.BeforeOnLead, async, CancellationToken.None).ConfigureAwait(false);
            _onLead = caller.On(lead, sql, statement);
            var affected = await _onLead.NonQueryAsync(async, cancellationToken).ConfigureAwait(false);
            return await ReadBackAsync(lead, affected, async).ConfigureAwait(false);
        }

        var text = $"{lead.TakeDeferred()}{open}{context.BeforeOnLead}{sql}\n;{StatementContext.Readback}{context.AfterOnLead}";
        var command = caller.On(lead, text, statement);
        using var reader = await SendAsync(lead, command, async, cancellationToken).ConfigureAwait(false);
        var (insertId, warnings) = await LearnAsync(command, reader, async).ConfigureAwait(false);
        return new WriteOutcome(reader.RecordsAffected, insertId, warnings);
    }

    private static async ValueTask<NodeReader> SendAsync(NodeConnection lead, DbCommand packet, bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await packet.ReadAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (lead.IsOpen && DriverFailure.Number(e) == 0 && lead.Classify(e) is FailureKind.Statement or FailureKind.Misuse)
        {
            // Not a server's error, on a connection that is well: the driver has refused the packet and sent nothing of it.
            lead.RestoreDeferred();
            throw;
        }
    }

    /// <summary>Runs the statement and hands out its rows; <see cref="ReadBackAsync"/> has to follow when they are read.</summary>
    public async ValueTask<NodeReader> StartOnLeadAsync(
        NodeConnection lead, string open, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        _asGiven = caller.CopyParameters();
        await lead.ExecuteAsync(open + context.BeforeOnLead, async, CancellationToken.None).ConfigureAwait(false);
        _onLead = caller.On(lead, sql, statement);
        return await _onLead.ReadAsync(behavior, async, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the lead, in a packet of its own, what its run has decided.</summary>
    public async ValueTask<WriteOutcome> ReadBackAsync(NodeConnection lead, int affected, bool async)
    {
        var insertId = DriverCommand.LastInsertedId(_onLead);
        using var command = lead.Physical.CreateCommand();
        command.CommandText = StatementContext.Readback + context.AfterOnLead;
        using var reader = await command.ReadAsync(CommandBehavior.Default, async, CancellationToken.None).ConfigureAwait(false);
        var (_, warnings) = await LearnAsync(_onLead, reader, async).ConfigureAwait(false);
        return new WriteOutcome(affected, insertId, warnings);
    }

    /// <summary>Runs the statement again with the lead's context. The caller's cancellation is not heard any more.</summary>
    public async ValueTask<WriteOutcome> OnFollowerAsync(NodeConnection follower, string open, bool async)
    {
        if (IsOnePacket)
        {
            var text = $"{follower.TakeDeferred()}{open}{context.BeforeOnFollower}{sql}\n;{StatementContext.CountWarnings}{context.AfterOnFollower}";
            using var packet = caller.CopyFor(follower, text, statement);
            using var reader = await packet.ReadAsync(CommandBehavior.Default, async, CancellationToken.None).ConfigureAwait(false);
            var id = DriverCommand.LastInsertedId(packet);
            var count = await CountAsync(reader, async).ConfigureAwait(false);
            return new WriteOutcome(reader.RecordsAffected, id, count);
        }

        await follower.ExecuteAsync(open + context.BeforeOnFollower, async, CancellationToken.None).ConfigureAwait(false);
        using var command = caller.CopyFor(follower, sql, statement, _asGiven);
        var affected = await command.NonQueryAsync(async, CancellationToken.None).ConfigureAwait(false);
        var insertId = DriverCommand.LastInsertedId(command);
        using var after = follower.Physical.CreateCommand();
        after.CommandText = StatementContext.CountWarnings + context.AfterOnFollower;
        using var behind = await after.ReadAsync(CommandBehavior.Default, async, CancellationToken.None).ConfigureAwait(false);
        return new WriteOutcome(affected, insertId, await CountAsync(behind, async).ConfigureAwait(false));
    }

    private static async ValueTask<int> CountAsync(NodeReader reader, bool async)
    {
        await reader.AdvanceAsync(async, CancellationToken.None).ConfigureAwait(false);
        var count = Convert.ToInt32(reader.GetValue(0), CultureInfo.InvariantCulture);
        await reader.DrainAsync(async).ConfigureAwait(false);
        return count;
    }

    /// <summary>The statement as the lead has run it, to be run again later.</summary>
    /// <param name="variables">What sets the user variables that it reads.</param>
    public RecordedWrite Record(string variables) => caller.Record(variables + context.BeforeOnFollower, sql, context.AfterAgain, statement, _asGiven);

    private async ValueTask<(long InsertId, int Warnings)> LearnAsync(DbCommand command, NodeReader reader, bool async)
    {
        await reader.AdvanceAsync(async, CancellationToken.None).ConfigureAwait(false);
        var insertId = DriverCommand.LastInsertedId(command);
        var warnings = context.Learn(reader.Rows, insertId);
        await reader.DrainAsync(async).ConfigureAwait(false);
        return (insertId, warnings);
    }
}
