using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>
/// Statements that run code of their own, which may commit behind everybody's back. A savepoint that is gone afterwards tells.
/// </summary>
internal sealed partial class MirroredWrite
{
    private const string CallSavepoint = "mirrored_mysql_call";

    private bool _hasCommittedInside;

    private bool IsCall => _statement.Verb is StatementVerb.Call or StatementVerb.Execute or StatementVerb.ExecuteImmediate or StatementVerb.Compound;

    /// <summary>The lead has run the call: did it leave the transaction as it found it?</summary>
    private async ValueTask ProbeCallAsync(bool async)
    {
        if (!IsCall || !IsReversible || await TrySavepointAsync("RELEASE SAVEPOINT", async).ConfigureAwait(false))
            return;
        _hasCommittedInside = true;
        Suspect($"{VerbText} committed in its midst, so that other writes may have come between on one node only.");
        // The caller's transaction is over on the server, and nobody can say what a COMMIT would mean.
        _transaction?.Fail(TransactionErrors.CommittedInside());
    }

    /// <summary>
    /// The lead has failed in the midst of a call. Undoes what it has done so far, because the follower will not run it; where that
    /// was committed already, says so.
    /// </summary>
    private async ValueTask UndoCallAsync(Exception exception, bool async)
    {
        if (!_lead.IsOpen)
        {
            Suspect($"{VerbText} was interrupted on the lead, and may have committed before.");
            return;
        }

        var undo = _transaction is null ? "RELEASE SAVEPOINT" : "ROLLBACK TO SAVEPOINT";
        try
        {
            if (await TrySavepointAsync(undo, async).ConfigureAwait(false))
                return;
        }
        catch (Exception e)
        {
            Diagnostics.Log.ConnectionDropped(_session.Mirror.Logger, e, _lead.Node.Name);
            Suspect($"{VerbText} failed on the lead and could not be undone; it may have committed before.");
            _transaction?.Fail(TransactionErrors.Interrupted(exception));
            return;
        }

        Suspect($"{VerbText} committed in its midst and failed afterwards, on the lead only.");
        _transaction?.Fail(TransactionErrors.CommittedInside());
    }

    private async ValueTask<bool> TrySavepointAsync(string verb, bool async)
    {
        try
        {
            await _lead.ExecuteAsync($"{verb} {CallSavepoint}", async, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (DbException e) when (DriverFailure.Number(e) == DriverFailure.DoesNotExist)
        {
            return false;
        }
    }
}
