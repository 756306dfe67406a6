namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>How far the server has got with its answer when it fails.</summary>
internal enum FailurePoint
{
    Statement,

    /// <summary>
    /// Behind the columns, where the first row is expected. When anything stands behind such a statement, MySql.Data waits for an answer
    /// that no server sends, with no end when it is asynchronous.
    /// </summary>
    FirstRow,

    /// <summary>Behind a row. There MySql.Data waits in any case.</summary>
    LaterRow,
}
