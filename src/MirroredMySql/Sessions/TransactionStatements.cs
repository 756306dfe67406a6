using System.Data;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>Transactions that are steered by SQL text instead of a <see cref="MirroredDbTransaction"/>.</summary>
internal static class TransactionStatements
{
    public static async ValueTask ExecuteAsync(Session session, Statement statement, bool async, CancellationToken cancellationToken)
    {
        if (statement.Traits.HasFlag(StatementTraits.ReleaseConnection))
            throw new MirroredDbException("COMMIT RELEASE and ROLLBACK RELEASE end the server's session behind the connection's back. Leave RELEASE out and close the connection.");

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
                await session.CommitAsync(async).ConfigureAwait(false);
                session.Autocommit = true;
                break;
            default:
                await session.SavepointAsync(statement.Text, async, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

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
