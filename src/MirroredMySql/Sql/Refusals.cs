namespace MirroredMySql.Sql;

/// <summary>Why a statement is not mirrored, each with what to do instead.</summary>
internal static class Refusals
{
    public const string Account =
        "Accounts, roles and privileges belong to each server and are not mirrored. Run the statement on each server, with a connection of its own.";

    public const string Administration =
        "The statement administers one server and is not mirrored. Run it on the server that is meant, with a connection of its own.";

    public const string Replication =
        "The statement controls the server's own replication or its binary log, which mirroring neither uses nor touches. Run it on the server that is meant, with a connection of its own.";

    public const string Plugin =
        "Plugins, components and loadable functions are installed per server. Run the statement on each server, with a connection of its own.";

    public const string Flush =
        "FLUSH acts on one server, commits implicitly, and with its read locks it would stop the mirrored writes of everyone. Run it on the server that is meant, with a connection of its own.";

    public const string BackupLock =
        "A backup lock holds up one server while mirrored writes wait for both. Take it on the server that is meant, with a connection of its own.";

    public const string ServerFile =
        "The statement reads or writes files on the server's own disk, and the two servers have different ones. Let the application do it: LOAD DATA LOCAL INFILE to read, a SELECT to write.";

    public const string Xa =
        "XA transactions are not mirrored: an ordinary account cannot recover them on every server. Use BEGIN … COMMIT, which commits on both nodes.";

    public const string GlobalVariable =
        "SET GLOBAL and SET PERSIST change a whole server. Use SET SESSION, or run the statement on each server with a connection of its own.";

    public const string ClientCommand =
        "DELIMITER and SOURCE are commands of the mysql client and not SQL. Leave them out: the body of a routine is recognised as one statement, and a file is sent as its text.";

    public const string AutocommitInList =
        "SET autocommit begins or ends a transaction on both nodes. Send it as a statement of its own, without other assignments.";

    public const string AutocommitValue =
        "Whether SET autocommit ends a transaction has to be known before it runs. Write 0, 1, ON or OFF as a literal.";

    public const string CharacterSet =
        "The drivers send UTF-8, and a server that took it for big5, cp932, gb18030, gbk or sjis would read other quotes and backslashes than the text has. Use utf8mb4; columns may keep their own character sets.";

    public const string FunctionOnLead =
        "KILL and SIGNAL mean the lead alone, and a stored function within would write there alone. Select its value first and pass it as a parameter.";

    public const string UnknownSqlMode =
        "What follows a SET sql_mode to something other than a literal cannot be told apart before the SET has run. Send that SET as a command of its own.";
}
