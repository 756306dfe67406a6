using static MirroredMySql.Sql.StatementKind;

namespace MirroredMySql.Sql;

/// <summary>Which routine of <see cref="StatementParser"/> reads on behind the verb.</summary>
internal enum Clause
{
    /// <summary>Nothing but what is watched for in every statement.</summary>
    Plain,
    Query,
    With,
    Show,
    Explain,
    Analyze,
    Insert,
    Update,
    Delete,
    Load,
    NamedObject,
    Prepare,
    Set,
    GetDiagnostics,
    Begin,
    Start,
    EndOfTransaction,
    Savepoint,
    Lock,
    Create,
    Alter,
    Drop,
    Rename,
    Truncate,
    Maintenance,

    /// <summary>Not known where it ends: the rest of the text belongs to it.</summary>
    RestOfText,
}

/// <param name="Kind">The kind, unless the rest of the statement demands another.</param>
/// <param name="Verb">The verb.</param>
/// <param name="Clause">How to read on.</param>
/// <param name="Traits">What every such statement has.</param>
/// <param name="Reason">Why every such statement is refused.</param>
internal readonly record struct VerbRule(
    StatementKind Kind, StatementVerb Verb, Clause Clause = Clause.Plain, StatementTraits Traits = StatementTraits.None,
    string? Reason = null);

/// <summary>What the first word of a statement says.</summary>
internal static class VerbRules
{
    private const StatementTraits Rows = StatementTraits.ReturnsRows;
    private const StatementTraits Commits = StatementTraits.ImplicitCommit;

    private static readonly VerbRule Unknown = new(Write, StatementVerb.Other, Clause.RestOfText, Rows);
    private static readonly VerbRule Block = new(Write, StatementVerb.Compound, Clause.RestOfText, Rows);

    private static readonly Dictionary<Keyword, VerbRule> Rules = new()
    {
        [Keyword.Select] = new(Read, StatementVerb.Select, Clause.Query),
        [Keyword.Values] = new(Read, StatementVerb.Values, Clause.Query),
        [Keyword.Table] = new(Read, StatementVerb.Table, Clause.Query, StatementTraits.ReadsData),
        [Keyword.With] = new(Read, StatementVerb.Select, Clause.With),
        [Keyword.Show] = new(Read, StatementVerb.Show, Clause.Show),
        [Keyword.Desc] = new(Read, StatementVerb.Explain, Clause.Explain),
        [Keyword.Describe] = new(Read, StatementVerb.Explain, Clause.Explain),
        [Keyword.Explain] = new(Read, StatementVerb.Explain, Clause.Explain),
        [Keyword.Help] = new(Read, StatementVerb.Help),
        [Keyword.Checksum] = new(Read, StatementVerb.Checksum),
        [Keyword.Do] = new(Read, StatementVerb.Do),
        [Keyword.Handler] = new(LeadRead, StatementVerb.Handler, Clause.Plain, StatementTraits.ReadsData),

        [Keyword.Insert] = new(Write, StatementVerb.Insert, Clause.Insert),
        [Keyword.Replace] = new(Write, StatementVerb.Replace, Clause.Insert),
        [Keyword.Update] = new(Write, StatementVerb.Update, Clause.Update),
        [Keyword.Delete] = new(Write, StatementVerb.Delete, Clause.Delete),
        [Keyword.Load] = new(Write, StatementVerb.Load, Clause.Load),
        [Keyword.Call] = new(Write, StatementVerb.Call, Clause.NamedObject, Rows),
        [Keyword.Execute] = new(Write, StatementVerb.Execute, Clause.Prepare, Rows),

        [Keyword.Set] = new(SessionState, StatementVerb.Set, Clause.Set),
        [Keyword.Use] = new(SessionState, StatementVerb.Use, Clause.NamedObject),
        [Keyword.Prepare] = new(SessionState, StatementVerb.Prepare, Clause.Prepare),
        [Keyword.Deallocate] = new(SessionState, StatementVerb.Deallocate, Clause.Prepare),
        [Keyword.Get] = new(
            SessionState, StatementVerb.GetDiagnostics, Clause.GetDiagnostics, StatementTraits.ReadsDiagnostics | StatementTraits.ReadsData),
        [Keyword.Lock] = new(SessionState, StatementVerb.Lock, Clause.Lock, Commits),
        [Keyword.Unlock] = new(SessionState, StatementVerb.Unlock, Clause.Lock),

        [Keyword.Begin] = new(Transaction, StatementVerb.Begin, Clause.Begin),
        [Keyword.Start] = new(Transaction, StatementVerb.Begin, Clause.Start),
        [Keyword.Commit] = new(Transaction, StatementVerb.Commit, Clause.EndOfTransaction),
        [Keyword.Rollback] = new(Transaction, StatementVerb.Rollback, Clause.EndOfTransaction),
        [Keyword.Savepoint] = new(Transaction, StatementVerb.Savepoint, Clause.Savepoint),
        [Keyword.Release] = new(Transaction, StatementVerb.ReleaseSavepoint, Clause.Savepoint),

        [Keyword.Create] = new(Ddl, StatementVerb.Create, Clause.Create, Commits),
        [Keyword.Alter] = new(Ddl, StatementVerb.Alter, Clause.Alter, Commits),
        [Keyword.Drop] = new(Ddl, StatementVerb.Drop, Clause.Drop, Commits),
        [Keyword.Rename] = new(Ddl, StatementVerb.Rename, Clause.Rename, Commits),
        [Keyword.Truncate] = new(Ddl, StatementVerb.Truncate, Clause.Truncate, Commits),
        [Keyword.Analyze] = new(StatementKind.Admin, StatementVerb.AnalyzeTable, Clause.Analyze),
        [Keyword.Check] = new(StatementKind.Admin, StatementVerb.CheckTable, Clause.Maintenance),
        [Keyword.Optimize] = new(StatementKind.Admin, StatementVerb.OptimizeTable, Clause.Maintenance),
        [Keyword.Repair] = new(StatementKind.Admin, StatementVerb.RepairTable, Clause.Maintenance),

        [Keyword.Kill] = new(LeadOnly, StatementVerb.Kill),
        [Keyword.Signal] = new(LeadOnly, StatementVerb.Signal),
        [Keyword.Resignal] = new(LeadOnly, StatementVerb.Signal),

        // MariaDB takes these outside of routines as well.
        [Keyword.If] = Block,
        [Keyword.Case] = Block,
        [Keyword.Loop] = Block,
        [Keyword.Repeat] = Block,
        [Keyword.While] = Block,
        [Keyword.For] = Block,
        [Keyword.Declare] = Block,

        [Keyword.Grant] = Refuse(Refusals.Account),
        [Keyword.Revoke] = Refuse(Refusals.Account),
        [Keyword.Install] = Refuse(Refusals.Plugin),
        [Keyword.Uninstall] = Refuse(Refusals.Plugin),
        [Keyword.Shutdown] = Refuse(Refusals.Administration),
        [Keyword.Restart] = Refuse(Refusals.Administration),
        [Keyword.Clone] = Refuse(Refusals.Administration),
        [Keyword.Cache] = Refuse(Refusals.Administration),
        [Keyword.Import] = Refuse(Refusals.ServerFile),
        [Keyword.Backup] = Refuse(Refusals.BackupLock),
        [Keyword.Flush] = Refuse(Refusals.Flush),
        [Keyword.Reset] = Refuse(Refusals.Replication),
        [Keyword.Purge] = Refuse(Refusals.Replication),
        [Keyword.Change] = Refuse(Refusals.Replication),
        [Keyword.Stop] = Refuse(Refusals.Replication),
        [Keyword.Binlog] = Refuse(Refusals.Replication),
        [Keyword.Xa] = Refuse(Refusals.Xa),
        [Keyword.Delimiter] = Refuse(Refusals.ClientCommand, Clause.RestOfText),
        [Keyword.Source] = Refuse(Refusals.ClientCommand, Clause.RestOfText),
    };

    public static VerbRule Of(Keyword keyword) => Rules.GetValueOrDefault(keyword, Unknown);

    private static VerbRule Refuse(string reason, Clause clause = Clause.Plain) =>
        new(Refused, StatementVerb.Other, clause, Reason: reason);
}
