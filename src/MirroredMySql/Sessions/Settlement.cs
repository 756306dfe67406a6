using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>Finds out whether a COMMIT has landed whose answer was lost.</summary>
internal static class Settlement
{
    /// <summary>
    /// Ends the connection that sent it, waits until no fenced transaction is left on the node, and reads the proof: what is not there
    /// by then cannot come any more.
    /// </summary>
    /// <returns>Unknown when the node cannot be asked.</returns>
    public static ValueTask<CommitOutcome> AskAsync(Mirror mirror, Writer writer, NodeConnection lost, bool async) =>
        AskAsync(mirror, writer, lost.Node, async, async connection =>
        {
            await KillAsync(connection, lost, async).ConfigureAwait(false);
            await WaitAsync(connection, lost, async).ConfigureAwait(false);
        });

    /// <summary>Reads the proof on the node that leads in an epoch in which the transaction cannot be committed any more.</summary>
    /// <returns>Unknown when the node cannot be asked.</returns>
    public static ValueTask<CommitOutcome> AskLeadAsync(Mirror mirror, Writer writer, Node lead, bool async) => AskAsync(mirror, writer, lead, async, _ => default);

    private static async ValueTask<CommitOutcome> AskAsync(Mirror mirror, Writer writer, Node node, bool async, Func<DbConnection, ValueTask> prepare)
    {
        try
        {
            var connection = await node.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
            await using var end = connection.Ending(async).ConfigureAwait(false);
            await prepare(connection).ConfigureAwait(false);
            using var command = connection.CreateCommand();
            command.CommandText = writer.Question(node);
            var row = await SqlLiteral.RowAsync(command, async, CancellationToken.None).ConfigureAwait(false);
            await StateStore.EndAsync(connection, commit: false, async, CancellationToken.None).ConfigureAwait(false);
            return Convert.ToInt64(row[0], CultureInfo.InvariantCulture) != 0 ? CommitOutcome.Committed : CommitOutcome.Refused;
        }
        catch (Exception e)
        {
            Log.NotSettled(mirror.Logger, e, node.Name);
            return CommitOutcome.Unknown;
        }
    }

    // A schema change keeps the row for as long as it takes; then it has to do that the connection is gone, and its transaction with it.
    private static async ValueTask WaitAsync(DbConnection connection, NodeConnection lost, bool async)
    {
        try
        {
            await StateStore.LockAsync(lost.Node, connection, async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout && lost.ServerThread != 0)
        {
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(CultureInfo.InvariantCulture,
                $"ROLLBACK;SELECT EXISTS(SELECT 1 FROM information_schema.PROCESSLIST WHERE ID={lost.ServerThread}) LIMIT 1");
            var row = await SqlLiteral.RowAsync(command, async, CancellationToken.None).ConfigureAwait(false);
            if (Convert.ToInt64(row[0], CultureInfo.InvariantCulture) != 0)
                throw;
        }
    }

    private static async ValueTask KillAsync(DbConnection connection, NodeConnection lost, bool async)
    {
        if (lost.ServerThread == 0)
            return;
        try
        {
            await StateStore.ExecuteAsync(connection, $"KILL {lost.ServerThread}", async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.NoSuchThread)
        {
            // It is gone already.
        }
    }
}
