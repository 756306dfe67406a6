using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using MirroredMySql.Drivers;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Classifier;

/// <summary>What a server said to a text.</summary>
/// <param name="Error">The error's number: 0 when there was none, negative when the driver did not send the text.</param>
/// <param name="Message">The error's message.</param>
internal readonly record struct Outcome(int Error, string Message = "")
{
    /// <summary>
    /// Errors that no read gets, by which a server says that it took the text for a write or looked for a stored function.
    /// </summary>
    private static readonly Dictionary<int, string> Telltales = new()
    {
        [1792] = "the read-only transaction does not take it",
        [1305] = "the server looked for a stored function",
        [1318] = "the server found a stored function, with other arguments",
        [1630] = "the server looked for a stored function",
        [1370] = "the server found a routine, which the account may not execute",
        [1568] = "it sets what holds for a transaction",
        [1422] = "it commits",
        [1192] = "it wants locked tables",
        [1086] = "it writes a file",
        [1290] = "it reads or writes files of the server",
        [1045] = "it takes a right that the account does not have",
        [1227] = "it takes a right that the account does not have",
    };

    public bool IsLegal => Error == 0;

    public string? Telltale => Telltales.GetValueOrDefault(Error) is { } meaning ? $"{Error} {meaning}: {Message}" : null;
}

/// <summary>One bare connection, on which a read must leave no trace, and what is looked at to find traces.</summary>
internal sealed class FuzzSession(DbConnection connection, ServerFlavor flavor) : IDisposable
{
    // These move by themselves, or by our own statements.
    private static readonly HashSet<string> Restless = new(StringComparer.OrdinalIgnoreCase)
    {
        "timestamp", "pseudo_thread_id", "error_count", "warning_count", "rand_seed1", "rand_seed2", "gtid_executed", "gtid_binlog_pos",
        "gtid_current_pos", "in_transaction", "last_gtid", "innodb_buffer_pool_load_now", "statement_id",
    };

    // What the servers count of statements that only read; every other counter Com_… has to stand still, but for our own transactions.
    private static readonly string[] Reading = ["select", "show", "help", "checksum", "do", "empty", "explain"];

    private int _transactions;

    /// <summary>The driver has given up the connection, as MySql.Data does when an error comes in the middle of the rows.</summary>
    public bool IsBroken => connection.State != ConnectionState.Open;

    /// <summary>Runs the text in a read-only transaction.</summary>
    public Outcome Run(string text)
    {
        Begin("START TRANSACTION READ ONLY");
        var outcome = Execute(text);
        if (!IsBroken)
            connection.Execute("ROLLBACK");
        return outcome;
    }

    /// <summary>Runs it where the server takes writes as well, and looks at the rows before it is rolled back.</summary>
    public Outcome RunAndLook(string text, out IReadOnlyList<string> rows)
    {
        Begin("START TRANSACTION");
        var outcome = Execute(text);
        rows = Rows();
        connection.Execute("ROLLBACK");
        return outcome;
    }

    /// <summary>Everything that a read could have changed, a line each.</summary>
    public IReadOnlyList<string> Look()
    {
        // Whoever was the last inserted id asks first; looking at the rest does not move it.
        var lines = new List<string>();
        AddRows(lines, "SELECT LAST_INSERT_ID(), DATABASE(), @@autocommit, @u1, @`u2`, @u9, @a, @`a`, @`é`, @`u.x`, IS_USED_LOCK('held') = CONNECTION_ID(), IS_USED_LOCK('fuzz'), IS_USED_LOCK('a')");
        lines.AddRange(Rows());
        AddRows(lines, "SHOW SESSION VARIABLES");
        AddRows(lines, "SHOW GLOBAL VARIABLES");
        AddRows(lines, "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'");
        return lines;
    }

    /// <summary>How often statements that write have been begun in this session, by their sort.</summary>
    public IReadOnlyList<string> CountWrites()
    {
        var lines = Query("SHOW SESSION STATUS WHERE Variable_name LIKE 'Com\\_%' AND Value > 0");
        lines.RemoveAll(line => Array.Exists(Reading, r => line.StartsWith("Com_" + r, StringComparison.OrdinalIgnoreCase)));
        lines.RemoveAll(line => line == $"Com_begin | {_transactions}" || line == $"Com_rollback | {_transactions}");
        return lines;
    }

    public IReadOnlyList<string> Rows()
    {
        var lines = new List<string>();
        foreach (var sql in FuzzSchema.State(flavor))
            AddRows(lines, sql);
        return lines;
    }

    public void Dispose() => connection.Dispose();

    private void AddRows(List<string> lines, string sql)
    {
        try
        {
            lines.AddRange(Query(sql).Select(line => $"{sql}: {line}"));
        }
        catch (DbException e)
        {
            lines.Add($"{sql}: {e.Message}");
        }
    }

    private void Begin(string sql)
    {
        connection.Execute(sql);
        _transactions++;
    }

    private List<string> Query(string sql)
    {
        using var reader = connection.ExecuteReader(sql);
        var lines = new List<string>();
        while (reader.Read())
        {
            var name = Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture);
            if (!Restless.Contains(name!))
                lines.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return lines;
    }

    private Outcome Execute(string text)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = text;
            using var reader = command.ExecuteReader();
            do
            {
                while (reader.Read())
                {
                }
            }
            while (reader.NextResult());
            return default;
        }
        catch (Exception e)
        {
            // Drivers read texts too, and do not take each of them.
            var number = DriverFailure.Number(e);
            return new Outcome(number == 0 ? -1 : number, e.Message);
        }
    }
}
