namespace MirroredMySql.Sql;

/// <summary>Where a statement has to run. The kind decides, not the ADO.NET method that was called.</summary>
internal enum StatementKind
{
    /// <summary>White space and comments.</summary>
    Empty,

    /// <summary>Changes nothing and reads nothing of the session: any node in step may answer.</summary>
    Read,

    /// <summary>A read that takes row locks: the lead only, whose locks order the writers.</summary>
    LockingRead,

    /// <summary>A read of what only the lead's session knows, or of named locks: the lead, to which it pins the session.</summary>
    LeadRead,

    /// <summary>Changes rows, or cannot be shown not to.</summary>
    Write,

    /// <summary>Changes the session and no rows: both nodes.</summary>
    SessionState,

    /// <summary>Begins or ends a transaction or a part of one, or sets autocommit.</summary>
    Transaction,

    /// <summary>Changes the schema and commits implicitly.</summary>
    Ddl,

    /// <summary>ANALYZE, CHECK, OPTIMIZE and REPAIR TABLE: both nodes, and they commit implicitly.</summary>
    Admin,

    /// <summary>Means the lead's server alone (KILL) or changes nothing on any (SIGNAL).</summary>
    LeadOnly,

    /// <summary>Cannot be mirrored; <see cref="Statement.Reason"/> says why and what to do instead.</summary>
    Refused,
}

/// <summary>What the statement does, as far as the routing has to tell it apart.</summary>
internal enum StatementVerb
{
    Other,
    Select,
    Values,
    Table,
    Show,

    /// <summary>EXPLAIN, DESCRIBE and DESC that carry nothing out.</summary>
    Explain,
    Help,
    Checksum,
    Handler,
    Do,
    Insert,
    Replace,
    Update,
    Delete,
    Load,
    Call,
    Execute,
    ExecuteImmediate,

    /// <summary>A block of statements: BEGIN NOT ATOMIC and the like (MariaDB).</summary>
    Compound,
    Begin,
    Commit,
    Rollback,
    Savepoint,
    RollbackToSavepoint,
    ReleaseSavepoint,
    SetAutocommitOn,
    SetAutocommitOff,
    Use,
    Set,

    /// <summary>SET TRANSACTION in any scope.</summary>
    SetTransaction,
    SetRole,
    Prepare,
    Deallocate,
    GetDiagnostics,
    Lock,
    Unlock,
    Create,
    Alter,
    Drop,
    Rename,
    Truncate,
    AnalyzeTable,
    CheckTable,
    OptimizeTable,
    RepairTable,
    Kill,
    Signal,
}

/// <summary>What a CREATE, ALTER, DROP, RENAME or TRUNCATE is about.</summary>
internal enum SchemaObject
{
    None,
    Table,
    Index,
    View,
    Sequence,
    Trigger,
    Procedure,
    Function,
    Event,
    Package,
    Library,
    Database,
    Other,
}
