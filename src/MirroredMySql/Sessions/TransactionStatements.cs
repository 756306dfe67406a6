using System.Collections.Frozen;
using System.Data;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>Transactions that are steered by SQL text instead of a <see cref="MirroredDbTransaction"/>.</summary>
internal static class TransactionStatements
{
    private static readonly FrozenSet<string> Plain = new[]
    {
        "BEGIN", "BEGIN WORK", "START TRANSACTION", "COMMIT", "COMMIT WORK", "ROLLBACK", "ROLLBACK WORK", "SET autocommit=0", "SET autocommit=1",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static async ValueTask ExecuteAsync(Session session, Statement statement, bool async, CancellationToken cancellationToken)
    {
        if (statement.Traits.HasFlag(StatementTraits.ReleaseConnection))
            throw new MirroredDbException("COMMIT RELEASE and ROLLBACK RELEASE end the server's session behind the connection's back. Leave RELEASE out and close the connection.");

        // What ends a transaction is never sent as it stands, so a server that would refuse to read it has to be asked.
        if (session.Transaction is { Poison: null } && !IsServers(statement.Verb) && !Plain.Contains(statement.Text))
        {
            var lead = await session.LeadAsync(async, cancellationToken).ConfigureAwait(false);
            if (await DryParse.ErrorAsync(session, lead, statement, async, cancellationToken).ConfigureAwait(false) is { } error)
                throw error;
        }

        switch (statement.Verb)
        {
            case StatementVerb.Begin:
                var atOnce = statement.Traits.HasFlag(StatementTraits.WithConsistentSnapshot);
                await session.BeginAsync(statement.Text + "\n;", IsolationLevel.Unspecified, atOnce, async, cancellationToken).ConfigureAwait(false);
                break;
            case StatementVerb.Commit:
                var committed = session.Transaction;
                await session.CommitAsync(async).ConfigureAwait(false);
                await ChainAsync(session, statement, committed, async, cancellationToken).ConfigureAwait(false);
                break;
            case StatementVerb.Rollback:
                var rolledBack = session.Transaction;
                await session.RollbackAsync(async).ConfigureAwait(false);
                await ChainAsync(session, statement, rolledBack, async, cancellationToken).ConfigureAwait(false);
                break;
            case StatementVerb.SetAutocommitOff:
                session.Autocommit = false;
                break;
            case StatementVerb.SetAutocommitOn:
                // Where it is on already, a transaction that was begun goes on.
                if (!session.Autocommit)
                    await session.CommitAsync(async).ConfigureAwait(false);
                session.Autocommit = true;
                break;
            default:
                await session.SavepointAsync(statement.Text, async, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private static bool IsServers(StatementVerb verb) =>
        verb is StatementVerb.Savepoint or StatementVerb.RollbackToSavepoint or StatementVerb.ReleaseSavepoint;

    private static async ValueTask ChainAsync(
        Session session, Statement statement, SessionTransaction? former, bool async, CancellationToken cancellationToken)
    {
        if (!statement.Traits.HasFlag(StatementTraits.Chain))
            return;
        var isolation = former?.Isolation ?? IsolationLevel.Unspecified;
        await session.BeginAsync(former?.BeginSql ?? SessionTransaction.Begin(isolation), isolation, atOnce: false, async, cancellationToken)
            .ConfigureAwait(false);
    }
}
