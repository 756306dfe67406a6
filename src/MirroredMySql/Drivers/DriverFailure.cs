using System.Collections.Frozen;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;

namespace MirroredMySql.Drivers;

/// <summary>Reads driver exceptions without a reference to a driver.</summary>
internal static class DriverFailure
{
    /// <summary>ER_QUERY_INTERRUPTED.</summary>
    public const int QueryInterrupted = 1317;

    /// <summary>ER_SP_DOES_NOT_EXIST, which the servers also use for a savepoint that is gone.</summary>
    public const int DoesNotExist = 1305;

    /// <summary>ER_LOCK_WAIT_TIMEOUT.</summary>
    public const int LockTimeout = 1205;

    /// <summary>MySQL's word for a lock that NOWAIT did not get; MariaDB says <see cref="LockTimeout"/>.</summary>
    public const int NoWait = 3572;

    /// <summary>The server cannot read the statement.</summary>
    public const int SyntaxError = 1064;

    /// <summary>There is no such connection to kill.</summary>
    public const int NoSuchThread = 1094;

    /// <summary>What the server can read, but not prepare.</summary>
    public const int NotPreparable = 1295;

    /// <summary>The server keeps as many prepared statements as it may.</summary>
    public const int TooManyPrepared = 1461;

    /// <summary>A view cannot depend on variables or parameters.</summary>
    public const int VariableInView = 1351;

    /// <summary>The object is not of the kind that the statement needs.</summary>
    public const int WrongObject = 1347;

    /// <summary>There is no such database.</summary>
    public const int NoSuchDatabase = 1049;

    /// <summary>There is no such table.</summary>
    public const int NoSuchTable = 1146;

    /// <summary>The account has no such right in the database.</summary>
    public const int DatabaseAccessDenied = 1044;

    /// <summary>The account has no such right on the table.</summary>
    public const int TableAccessDenied = 1142;

    /// <summary>Under LOCK TABLES a table is needed that is not locked.</summary>
    public const int TableNotLocked = 1100;

    /// <summary>What cannot be done while tables are locked.</summary>
    public const int LocksInTheWay = 1192;

    /// <summary>The drivers' own number for a host that cannot be reached.</summary>
    public const int CannotConnect = 1042;

    /// <summary>The key under which both drivers store the server's error number. MySql.Data leaves it out for client errors.</summary>
    public const string ServerErrorCode = "Server Error Code";

    private static readonly FrozenDictionary<int, FailureKind> KindOfNumber = new Dictionary<int, FailureKind>
    {
        [1205] = FailureKind.Deadlock, // lock wait timeout
        [1213] = FailureKind.Deadlock, // deadlock victim
        [1206] = FailureKind.Deadlock, // lock table full: the transaction is rolled back
        [1467] = FailureKind.Deadlock, // MariaDB: a deadlock while waiting for the counter, and the transaction is rolled back
        [1020] = FailureKind.Deadlock, // MariaDB with innodb_snapshot_isolation: the record has changed since the snapshot

        [1317] = FailureKind.Interrupted, // KILL QUERY
        [1969] = FailureKind.Interrupted, // MariaDB max_statement_time
        [3024] = FailureKind.Interrupted, // MySQL max_execution_time

        [1152] = FailureKind.ConnectionLost, // aborted connection
        [1153] = FailureKind.Statement, // packet bigger than max_allowed_packet
        [1158] = FailureKind.ConnectionLost,
        [1159] = FailureKind.ConnectionLost,
        [1160] = FailureKind.ConnectionLost,
        [1161] = FailureKind.ConnectionLost,
        [1927] = FailureKind.ConnectionLost, // MariaDB: this connection was killed
        [2006] = FailureKind.ConnectionLost,
        [2013] = FailureKind.ConnectionLost,
        [4031] = FailureKind.ConnectionLost, // MySQL: disconnected for inactivity

        [1021] = FailureKind.NodeUnavailable, // disk full
        [1040] = FailureKind.NodeUnavailable, // too many connections
        [1042] = FailureKind.NodeUnavailable, // cannot reach the host
        [1053] = FailureKind.NodeUnavailable, // shutdown in progress
        [1077] = FailureKind.NodeUnavailable,
        [1078] = FailureKind.NodeUnavailable,
        [1079] = FailureKind.NodeUnavailable,
        [1080] = FailureKind.NodeUnavailable,
        [1129] = FailureKind.NodeUnavailable, // host blocked after many connection errors
        [1203] = FailureKind.NodeUnavailable, // max_user_connections
        [1226] = FailureKind.NodeUnavailable, // the account's limit of connections or statements
        [1290] = FailureKind.NodeUnavailable, // --read-only
        [1836] = FailureKind.NodeUnavailable, // read-only mode
        [2002] = FailureKind.NodeUnavailable,
        [2003] = FailureKind.NodeUnavailable,
        [3032] = FailureKind.NodeUnavailable, // offline mode
        [3168] = FailureKind.NodeUnavailable, // server is not available

        [1044] = FailureKind.Configuration, // no right to the database
        [1045] = FailureKind.Configuration, // wrong user or password
        [1049] = FailureKind.Configuration, // unknown database
        [1130] = FailureKind.Configuration, // host may not connect
        [1251] = FailureKind.Configuration, // authentication method unknown to the client
        [1698] = FailureKind.Configuration, // access denied without password
        [1820] = FailureKind.Configuration, // password must be changed
        [1862] = FailureKind.Configuration, // password expired
        [3118] = FailureKind.Configuration, // account locked
        [3159] = FailureKind.Configuration, // server requires TLS
        [4151] = FailureKind.Configuration, // MariaDB: account locked
    }.ToFrozenDictionary();

    /// <summary>The server's error number, or 0 when the error did not come from a server.</summary>
    public static int Number(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e.Data.Contains(ServerErrorCode))
            {
                var number = Convert.ToInt32(e.Data[ServerErrorCode], CultureInfo.InvariantCulture);
                if (number > 0)
                    return number;
            }
        }

        return 0;
    }

    /// <summary>Whether the server is up and has no session to give: too many connections, of all accounts or of this one.</summary>
    public static bool IsFull(Exception exception) => Number(exception) is 1040 or 1203 or 1226;

    public static FailureKind Classify(Exception exception, DbConnection? connection)
    {
        if (exception is OperationCanceledException)
            return FailureKind.Interrupted;
        var number = Number(exception);
        // 2xxx numbers are the client library's; a driver that closed the connection lost it, whatever number it chose.
        if (KindOfNumber.TryGetValue(number, out var kind))
            return kind;
        if (number > 0)
            return FailureKind.Statement;
        if (IsTimeout(exception))
            return FailureKind.Interrupted;

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is SocketException or IOException) // MySqlConnector's MySqlEndOfStreamException is one of the latter
                return FailureKind.ConnectionLost;
        }

        // MySqlConnector throws InvalidOperationException for whatever is asked of a broken connection.
        if (connection is { State: ConnectionState.Broken or ConnectionState.Closed } && exception is (DbException or InvalidOperationException))
            return FailureKind.ConnectionLost;
        return exception is DbException ? FailureKind.Statement : FailureKind.Misuse;
    }

    /// <summary>
    /// As <see cref="Classify"/>, for an attempt to connect: there any error without a server's number is an outage
    /// (drivers say "unable to connect" in many ways), and a timeout is one too.
    /// </summary>
    public static FailureKind ClassifyConnect(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && exception is OperationCanceledException)
            return FailureKind.Interrupted;
        // A pool that is used up says nothing of the node, whatever number the driver gives it. Both drivers name the pool in the
        // message, and nothing else tells.
        if (exception.Message.Contains(" pool", StringComparison.OrdinalIgnoreCase))
            return FailureKind.Misuse;
        var number = Number(exception);
        if (number > 0)
            return KindOfNumber.GetValueOrDefault(number, FailureKind.NodeUnavailable);
        if (IsTlsOrAuthentication(exception))
            return FailureKind.Configuration;
        return exception is DbException or SocketException or IOException or TimeoutException or OperationCanceledException
            ? FailureKind.NodeUnavailable
            : FailureKind.Misuse;
    }

    // MySql.Data reports a command's timeout as a lost connection whose socket has timed out.
    private static bool IsTimeout(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut })
                return true;
        }

        return false;
    }

    // A certificate that does not fit, or a key that may not be fetched, does not mend itself by waiting.
    private static bool IsTlsOrAuthentication(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is System.Security.Authentication.AuthenticationException)
                return true;
            // MySql.Data calls it a failed authentication when the server dies in the middle of a login.
            if (e is IOException or SocketException or TimeoutException)
                return false;
        }

        return exception.Message.Contains("Authentication", StringComparison.OrdinalIgnoreCase)
            || exception.Message.Contains("Public Key", StringComparison.OrdinalIgnoreCase);
    }
}
