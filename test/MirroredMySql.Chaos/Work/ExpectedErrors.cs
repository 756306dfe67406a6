using System.Data.Common;
using System.Globalization;

namespace MirroredMySql.Chaos.Work;

/// <summary>The errors that random statements on shared tables meet, and how they are told apart.</summary>
internal static class ExpectedErrors
{
    private const string ServerErrorCode = "Server Error Code";

    /// <summary>Why an error number is no failure.</summary>
    public static IReadOnlyDictionary<int, string> Meanings { get; } = new Dictionary<int, string>
    {
        [1020] = "record has changed since last read",
        [1050] = "table exists",
        [1051] = "unknown table",
        [1054] = "unknown column",
        [1060] = "duplicate column",
        [1061] = "duplicate index",
        [1062] = "duplicate key",
        [1072] = "no such column for an index",
        [1091] = "no such column or index to drop",
        [1146] = "no such table",
        [1205] = "lock wait timeout",
        [1213] = "deadlock",
        [1356] = "view of a table that is gone",
        [1412] = "table definition has changed",
        [1451] = "row is referenced",
        [1452] = "referenced row is missing",
        [1467] = "no automatic value: how InnoDB reports a deadlock over one",
    };

    /// <summary>The server's number of an error, or <see langword="null"/> where no server has spoken.</summary>
    public static int? NumberOf(Exception? exception) => exception switch
    {
        null => null,
        _ when exception.Data[ServerErrorCode] is int number => number,
        _ => NumberOf(exception.InnerException),
    };

    /// <summary>The name under which an error is counted, or <see langword="null"/> when it must not happen.</summary>
    public static string? NameOf(DbException exception) => exception switch
    {
        MirroredDbException { IsInDoubt: true } => null,
        MirroredDbException { IsTransient: true } => "transient",
        MirroredDbException => null,
        _ => NumberOf(exception) is { } number && Meanings.ContainsKey(number) ? NumberName(number) : null,
    };

    /// <summary>The name under which an error is counted that was waited for.</summary>
    public static string NumberName(int number) => number.ToString(CultureInfo.InvariantCulture);
}
