using MirroredMySql.Drivers;

namespace MirroredMySql.Sessions;

/// <summary>What carrying out one statement has come to so far.</summary>
/// <param name="Affected">Affected rows, or -1 where the driver reports none. Not final while there are rows to read.</param>
/// <param name="Rows">Result sets that the caller has to read, or null.</param>
/// <param name="Unfinished">What is left to do when the rows are read, or null.</param>
/// <param name="Presence">What each further result set has to be asked for, or null.</param>
internal readonly record struct StatementResult(int Affected, NodeReader? Rows = null, IUnfinished? Unfinished = null, Presence? Presence = null);

/// <summary>The rest of a statement, due when its rows have been read.</summary>
internal interface IUnfinished
{
    /// <param name="affected">The affected rows that the reader reported.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    ValueTask FinishAsync(int affected, bool async);

    /// <summary>Cleans up when reading failed, and says what to throw.</summary>
    ValueTask<Exception> FailedAsync(Exception exception, bool async);
}
