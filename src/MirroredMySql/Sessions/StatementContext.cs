using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using MirroredMySql.Exactness;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>
/// The session variables that make a statement give the same result twice: clock, random seeds, insert ids. The lead runs with
/// its own clock, frozen; the follower runs with what the lead then reports.
/// </summary>
internal sealed class StatementContext
{
    // More ids than all others will draw while one statement runs, and few enough for a SMALLINT.
    private const int Headroom = 10_000;

    private readonly Statement _statement;
    private readonly ulong _lastInsertIdBefore;
    private readonly int _seed1 = RandomNumberGenerator.GetInt32(1 << 30); // the servers take seeds below 0x3FFFFFFF
    private readonly int _seed2 = RandomNumberGenerator.GetInt32(1 << 30);
    private string _timestamp = "DEFAULT";

    public StatementContext(Statement statement, ulong lastInsertIdBefore)
    {
        _statement = statement;
        _lastInsertIdBefore = lastInsertIdBefore;
        LastInsertId = lastInsertIdBefore;
    }

    /// <summary>Where ON DUPLICATE KEY UPDATE meets automatic ids, or null.</summary>
    public Numbering? UpdatesNumbered { get; set; }

    /// <summary>What fences the statement on each node, in the SET behind it; empty where something else does.</summary>
    public (string OnLead, string OnFollower) Fences { get; set; } = ("", "");

    /// <summary>What LAST_INSERT_ID() gives behind the statement, on both nodes.</summary>
    public ulong LastInsertId { get; private set; }

    /// <summary>The first automatic value that the lead gave out, or 0 when it gave none.</summary>
    public ulong GeneratedId { get; private set; }

    // An id that code has given out is the follower's first as well: where there may be more of them, the tables are in doubt.
    private bool Inserts => _statement.Verb is StatementVerb.Insert or StatementVerb.Replace or StatementVerb.Load or StatementVerb.Call
        or StatementVerb.Compound or StatementVerb.Execute or StatementVerb.ExecuteImmediate;

    /// <summary>
    /// An insert starts from LAST_INSERT_ID() = 0: a value behind it then means that the lead gave one out. The OK packet's id
    /// does not tell that: it is set for explicit ids too, and belongs to an updated row after ON DUPLICATE KEY UPDATE. A statement
    /// that reads LAST_INSERT_ID() has to find the caller's.
    /// </summary>
    private bool StartsFromZero =>
        _statement.Verb is StatementVerb.Insert or StatementVerb.Replace or StatementVerb.Load && !_statement.Traits.HasFlag(StatementTraits.ReadsLastInsertId);

    /// <summary>What LAST_INSERT_ID() gives at the beginning of the statement, on both nodes.</summary>
    private ulong LastInsertIdAtStart => StartsFromZero ? 0 : _lastInsertIdBefore;

    public string BeforeOnLead =>
        Invariant($"SET timestamp=@@timestamp,rand_seed1={_seed1},rand_seed2={_seed2},last_insert_id={LastInsertIdAtStart};");

    /// <summary>Returns one row: the clock of the statement, the insert id behind it, and the number of its warnings.</summary>
    public const string Readback = "SELECT @@timestamp,LAST_INSERT_ID(),@@warning_count LIMIT 1;";

    /// <summary>Returns the number of warnings of the statement before it. Other selects would set it to 0 on MySQL.</summary>
    public const string CountWarnings = "SELECT @@warning_count LIMIT 1;";

    /// <summary>Thaws the clock, and leaves LAST_INSERT_ID() as the caller expects to find it.</summary>
    public string AfterOnLead => (StartsFromZero && _lastInsertIdBefore != 0
        ? Invariant($"SET timestamp=DEFAULT,last_insert_id=CAST(IF(LAST_INSERT_ID()=0,{_lastInsertIdBefore},LAST_INSERT_ID()) AS UNSIGNED)")
        : "SET timestamp=DEFAULT") + Fences.OnLead;

    public string BeforeOnFollower => Invariant(
        $"SET timestamp={_timestamp},rand_seed1={_seed1},rand_seed2={_seed2},last_insert_id={LastInsertIdAtStart}{InsertIdOnFollower};");

    // Where every row was a duplicate, the lead has drawn ids that nobody got to see. What the follower would draw itself could be the
    // id that another transaction is inserting at this moment, and then the wrong row is updated: it tries ids that nobody will have.
    private string InsertIdOnFollower =>
        GeneratedId != 0 ? Invariant($",insert_id={GeneratedId}")
        : UpdatesNumbered is { } numbering ? Invariant($",insert_id=(SELECT COALESCE(MAX({Identifier.Quote(numbering.Column)}),0)+{Headroom} FROM {numbering.QuotedTable})")
        : "";

    public string AfterOnFollower => AfterAgain + Fences.OnFollower;

    /// <summary>What goes behind the statement where it runs once more, later.</summary>
    public string AfterAgain => Invariant($"SET timestamp=DEFAULT,last_insert_id={LastInsertId}");

    /// <summary>For a node on which the statement failed, and with it whatever stood behind it in the packet.</summary>
    public string AfterFailure => Invariant($"SET timestamp=DEFAULT,last_insert_id={_lastInsertIdBefore}");

    /// <summary>Takes over what the lead reports.</summary>
    /// <param name="row">The row of <see cref="Readback"/>.</param>
    /// <param name="okPacketId">The insert id of the statement's OK packet.</param>
    /// <returns>The number of warnings.</returns>
    public int Learn(DbDataReader row, long okPacketId)
    {
        _timestamp = row.GetValue(0) switch
        {
            double seconds => seconds.ToString("F6", CultureInfo.InvariantCulture), // MySQL; exact to the microsecond until 2255
            var seconds => Convert.ToString(seconds, CultureInfo.InvariantCulture)!,
        };
        var behind = Convert.ToUInt64(row.GetValue(1), CultureInfo.InvariantCulture);
        if (StartsFromZero)
        {
            GeneratedId = behind;
            LastInsertId = behind == 0 ? _lastInsertIdBefore : behind;
        }
        else
        {
            // Without the zero, an id equal to the one before may be a new one (parent and child in lockstep): the OK packet decides.
            GeneratedId = Inserts && (behind != _lastInsertIdBefore || (ulong)okPacketId == behind) ? behind : 0;
            LastInsertId = behind;
        }

        return Convert.ToInt32(row.GetValue(2), CultureInfo.InvariantCulture);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
