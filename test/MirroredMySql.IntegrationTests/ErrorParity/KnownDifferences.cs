namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>Where the mirror differs from the bare driver on purpose, or the driver from itself, each with the reason.</summary>
internal static class KnownDifferences
{
    private static readonly (string Reason, Predicate<Outcome> Covers)[] All =
    [
        ("docs/sql.md: accounts and what cannot be told before it runs are refused, with what to do instead",
            o => o.Starts("SET PASSWORD") || o.Starts("SET autocommit = 'maybe'")),
        ("docs/sql.md: a failed CALL or block is undone as a whole; a bare server keeps what it had done before",
            o => (o.Starts("CALL ") || o.Starts("BEGIN NOT ATOMIC")) && o.DiffersOnlyIn("contents:")),
        ("a write is not prepared, for it shares its packet with its context: it fails as text does, where the bare driver's prepared "
            + "statement fails as one that the server, or the driver's search for parameters, does not allow",
            o => o.Door.Prepares && (o.BareSays("=1295 ") || o.BareSays("=1229 ") || o.Statement.Parameters.Count > 0 || o.Statement.Sql.Contains('@')
                || o.Statement.Sql.Contains('?'))),
        ("the same: MySqlConnector cuts what it prepares at every semicolon, inside of bodies too",
            o => o.Door.Prepares && o.Statement.Sql.Contains(';') && o.BareSays("=1064 ") && o.DiffersOnlyIn("execute:")),
        ("the same: MySqlConnector looks a procedure up when it prepares the call, and has an error of its own for one that is missing",
            o => o.Door.Prepares && o.BareSays("cannot be found in database") && o.MirroredSays("=1305 ") && o.DiffersOnlyIn("execute:")),
        ("docs/sql.md: a text of several statements is run one by one, so what stands before one whose parameter is missing has run",
            o => (o.Door.NeedsText || o.Door.NeedsBatches) && o.BareFailsBeforeSending && o.MirroredFailsBeforeSending),
        ("docs/failures.md: closing a reader throws what is left behind it throws; MySqlConnector keeps that to itself",
            o => o.Door.ClosesEarly && o.DiffersOnlyIn("read:")),
        ("SchemaOnly and SingleRow make the server stop early, and do so on one node only: what is run on both is run to its end",
            o => o.Door.LimitsRows && o.Bare.Any(l => l.StartsWith("result:", StringComparison.Ordinal)) && !o.Starts("START")),
        ("MySqlConnector puts a SET of its own behind the text, which syntax errors then quote",
            o => o.Door.LimitsRows && o.BareSays(";\nSET sql_select_limit=default") && o.DiffersOnlyIn("execute:", "SELECT GROUP_CONCAT")),
        ("MySqlConnector leaves sql_select_limit=0 behind when a SchemaOnly command fails",
            o => o.Door.SpoilsSession && o.BareSays("FROM mark: null") && o.DiffersOnlyIn("SELECT GROUP_CONCAT")),
        ("MySqlConnector sends what stands behind an unfinished text of a batch in a packet of its own, also when the text has failed",
            o => o.Door.NeedsBatches && o.Statement.Sql.EndsWith("'open", StringComparison.Ordinal) && o.DiffersOnlyIn("SELECT GROUP_CONCAT", "marks:")),
        ("MySql.Data leaves a connection open that was to be closed with the reader, when it fails before it has sent anything",
            o => o.Door.Name.StartsWith("CloseConnection", StringComparison.Ordinal) && o.BareSays("state: Open") && o.MirroredSays("state: Closed")),
        ("MySql.Data throws NullReferenceException when a parameter is missing and the connection is to be closed",
            o => o.BareSays(nameof(NullReferenceException)) && o.MirroredSays("must be defined")),
    ];

    public static bool Cover(Outcome outcome) => All.Any(d => d.Covers(outcome));
}

/// <summary>What a failing statement has come to on both sides.</summary>
internal sealed record Outcome(FailingStatement Statement, Door Door, IReadOnlyList<string> Bare, IReadOnlyList<string> Mirrored)
{
    public bool Starts(string text) => Statement.Sql.StartsWith(text, StringComparison.OrdinalIgnoreCase);

    public bool BareSays(string text) => Says(Bare, text);

    public bool MirroredSays(string text) => Says(Mirrored, text);

    public bool DiffersOnlyIn(params string[] steps) =>
        Bare.Except(Mirrored).Concat(Mirrored.Except(Bare)).All(l => steps.Any(s => l.StartsWith(s, StringComparison.Ordinal)));

    public bool BareFailsBeforeSending => FailsBeforeSending(Bare);

    public bool MirroredFailsBeforeSending => FailsBeforeSending(Mirrored);

    private static bool FailsBeforeSending(IReadOnlyList<string> lines) =>
        Says(lines, "Fatal error encountered during command execution") || Says(lines, "must be defined") || Says(lines, "is not supported; see");

    private static bool Says(IReadOnlyList<string> lines, string text) => lines.Any(l => l.Contains(text, StringComparison.Ordinal));
}
