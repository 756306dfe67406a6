using System.Data.Common;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>The errors that a caller may meet while nodes, networks and processes fail. Whatever else comes is the mirror's fault.</summary>
internal static class FaultErrors
{
    // Conflicts of writers; too many connections, unreachable, going down; connections that broke or were ended. A duplicate key, a missing
    // table or the fence's own error is none of them: no deed gives reason for one.
    private static readonly HashSet<int> Numbers =
    [
        1020, 1205, 1213, 1467,
        1040, 1042, 1053, 1129, 2002, 2003,
        1152, 1158, 1159, 1160, 1161, 1317, 1927, 2006, 2013, 4031,
    ];

    /// <summary>Whether it is an error as databases have them, and one that comes of the faults of a run.</summary>
    public static bool IsExpected(Exception exception) => exception switch
    {
        // What is neither to be run again nor in doubt, nor late, is a split, a configuration or a statement that the mirror does not take.
        MirroredDbException own => own.IsTransient || own.IsInDoubt || own.InnerException is TimeoutException,
        // Drivers give no number, or none above zero, to what no server has said.
        DbException => ExpectedErrors.NumberOf(exception) is not { } number || number <= 0 || Numbers.Contains(number),
        _ => false,
    };
}
