using System.Data.Common;
using System.Globalization;
using MirroredMySql.Diagnostics;
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
    public static async ValueTask<CommitOutcome> AskAsync(Session session, NodeConnection lost, bool async)
    {
        try
        {
            using var connection = await lost.Node.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
            await KillAsync(connection, lost, async).ConfigureAwait(false);
            await StateStore.LockAsync(lost.Node, connection, async, CancellationToken.None).ConfigureAwait(false);
            using var command = connection.CreateCommand();
            command.CommandText = session.Writer.Question(lost.Node);
            var row = await SqlLiteral.RowAsync(command, async, CancellationToken.None).ConfigureAwait(false);
            await StateStore.EndAsync(connection, commit: false, async, CancellationToken.None).ConfigureAwait(false);
            return Convert.ToInt64(row[0], CultureInfo.InvariantCulture) != 0 ? CommitOutcome.Committed : CommitOutcome.Refused;
        }
        catch (Exception e)
        {
            Log.NotSettled(session.Mirror.Logger, e, lost.Node.Name);
            return CommitOutcome.Unknown;
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
        catch (DbException e) when (Drivers.DriverFailure.Number(e) == Drivers.DriverFailure.NoSuchThread)
        {
            // It is gone already.
        }
    }
}
