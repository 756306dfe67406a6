namespace MirroredMySql.Sql;

/// <summary>What about a statement makes it behave differently on two nodes, or asks for care where it runs.</summary>
[Flags]
internal enum StatementTraits : long
{
    None = 0,

    /// <summary>
    /// A statement that is no query may give result sets (RETURNING, CALL, EXECUTE …), or must travel alone for another reason.
    /// </summary>
    ReturnsRows = 1L << 0,

    OnDuplicateKeyUpdate = 1L << 1,

    /// <summary>INSERT, UPDATE, DELETE or LOAD with IGNORE.</summary>
    Ignore = 1L << 2,

    /// <summary>INSERT or REPLACE … SELECT, TABLE or WITH.</summary>
    InsertSelect = 1L << 3,

    /// <summary>More than one row in VALUES.</summary>
    MultiRow = 1L << 4,

    /// <summary>UPDATE or DELETE over more than one table.</summary>
    MultiTable = 1L << 5,

    /// <summary>A SELECT within a statement that is none.</summary>
    Subquery = 1L << 6,

    /// <summary>LIMIT or FETCH, at any depth.</summary>
    Limit = 1L << 7,

    /// <summary>A LIMIT without an ORDER BY beside it: two nodes may choose different rows.</summary>
    LimitWithoutOrder = 1L << 8,

    /// <summary>FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE.</summary>
    Locks = 1L << 9,
    SkipLocked = 1L << 10,

    /// <summary>SQL_CALC_FOUND_ROWS: the next FOUND_ROWS() has to find the same session.</summary>
    CalcFoundRows = 1L << 11,

    /// <summary>LAST_INSERT_ID() without an argument, @@identity, @@last_insert_id.</summary>
    ReadsLastInsertId = 1L << 12,

    /// <summary>LAST_INSERT_ID(expression), SET last_insert_id.</summary>
    SetsLastInsertId = 1L << 13,

    /// <summary>ROW_COUNT, FOUND_ROWS, @@warning_count, GET DIAGNOSTICS: what the session's previous statement left behind.</summary>
    ReadsDiagnostics = 1L << 14,

    /// <summary>Mentions @variables; they may be the caller's parameters (<see cref="Statement.UserVariables"/>).</summary>
    UsesUserVariables = 1L << 15,
    AssignsUserVariables = 1L << 16,

    /// <summary>
    /// The outcome depends on tables, the clock, chance or what the session did before: a constant can wait, this can not.
    /// </summary>
    ReadsData = 1L << 17,

    /// <summary>SYSDATE(), which SET timestamp does not move.</summary>
    Sysdate = 1L << 18,

    /// <summary>RAND(), the same on both nodes after SET rand_seed1, rand_seed2.</summary>
    Rand = 1L << 19,

    /// <summary>UUID() and others that no session variable repeats.</summary>
    NonDeterministic = 1L << 20,

    /// <summary>USER(), VERSION(), CONNECTION_ID(), @@hostname …: each node answers for itself.</summary>
    ServerIdentity = 1L << 21,

    /// <summary>The GET_LOCK family.</summary>
    UserLock = 1L << 22,

    /// <summary>NEXTVAL, SETVAL, NEXT VALUE FOR, PREVIOUS VALUE FOR (MariaDB).</summary>
    Sequence = 1L << 23,

    /// <summary>Calls what is not built into every server it may run on: a stored function may write.</summary>
    PotentialStoredFunction = 1L << 24,

    SetsSqlMode = 1L << 25,
    SetsTimestamp = 1L << 26,

    /// <summary>SET insert_id.</summary>
    SetsInsertId = 1L << 27,
    SetsRandSeed = 1L << 28,
    SetsTimeZone = 1L << 29,
    SetsCharacterSet = 1L << 30,

    /// <summary>SET foreign_key_checks, unique_checks.</summary>
    SetsKeyChecks = 1L << 31,

    /// <summary>Isolation level or access mode.</summary>
    SetsIsolation = 1L << 32,

    /// <summary>SET TRANSACTION without SESSION: for the next transaction only.</summary>
    OneShot = 1L << 33,

    /// <summary>COMMIT or ROLLBACK AND CHAIN.</summary>
    Chain = 1L << 34,

    /// <summary>COMMIT or ROLLBACK RELEASE: the server closes the connection.</summary>
    ReleaseConnection = 1L << 35,
    WithConsistentSnapshot = 1L << 36,

    /// <summary>START TRANSACTION READ ONLY.</summary>
    ReadOnly = 1L << 37,

    /// <summary>CREATE or ALTER of a routine, trigger, event or package: the body is one text with its semicolons.</summary>
    CreatesRoutine = 1L << 38,
    TemporaryTable = 1L << 39,

    /// <summary>CREATE TABLE … SELECT.</summary>
    CreateSelect = 1L << 40,

    /// <summary>CREATE TABLE … LIKE.</summary>
    CreateLike = 1L << 41,

    /// <summary>ENGINE=MyISAM and others that do not roll back.</summary>
    NonTransactionalEngine = 1L << 42,

    /// <summary>LOAD DATA LOCAL: the client sends the file.</summary>
    LocalInfile = 1L << 43,

    /// <summary>The servers commit an open transaction first.</summary>
    ImplicitCommit = 1L << 44,

    /// <summary>SET STATEMENT … FOR (MariaDB).</summary>
    SetStatement = 1L << 45,

    /// <summary>
    /// An executable comment that not every server runs, or something else that cannot be cut: where this statement ends and what it
    /// does is not certain. It reaches to the end of the text.
    /// </summary>
    VersionDependent = 1L << 46,

    /// <summary>A quote or a comment does not end. Never append to such a text: what is appended could close the quote.</summary>
    Unterminated = 1L << 47,
}
