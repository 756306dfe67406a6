using System.Data;
using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>
/// CREATE TABLE … SELECT in two steps, because it reads without locks and cannot be part of a transaction: an empty table on both
/// nodes, and then a mirrored INSERT … SELECT. When that fails, the table is dropped again.
/// </summary>
internal sealed class CreateTableSelect
{
    private readonly Statement _statement;
    private readonly string _head;
    private readonly string _query;
    private readonly string _verb;

    private CreateTableSelect(Statement statement, string head, string query, string verb) =>
        (_statement, _head, _query, _verb) = (statement, head, query, verb);

    /// <summary>Null when the query cannot be told from the rest.</summary>
    public static CreateTableSelect? Of(Statement statement)
    {
        var text = statement.Text;
        var lexer = new Lexer(text, 0, statement.Syntax);
        var depth = 0;
        var verb = "INSERT";
        var headEnd = -1;
        for (var token = lexer.Read(); token.Kind != TokenKind.End; token = lexer.Read())
        {
            // IGNORE, REPLACE and AS belong to neither half.
            if (depth == 0 && token.Keyword is Keyword.Ignore or Keyword.Replace or Keyword.As && headEnd < 0)
            {
                var ahead = lexer;
                var next = ahead.Read();
                if (next.Keyword is Keyword.Select or Keyword.As or Keyword.With || next.Kind == TokenKind.Open)
                {
                    headEnd = token.Start;
                    verb = token.Keyword == Keyword.Ignore ? "INSERT IGNORE" : token.Keyword == Keyword.Replace ? "REPLACE" : verb;
                }
            }

            if (depth == 0 && token.Keyword is Keyword.Select or Keyword.With)
                return Make(token.Start);
            if (token.Kind == TokenKind.Open)
            {
                var ahead = lexer;
                if (depth == 0 && ahead.Read().Keyword is Keyword.Select or Keyword.With)
                    return Make(token.Start);
                depth++;
            }

            depth -= token.Kind == TokenKind.Close ? 1 : 0;
        }

        return null;

        CreateTableSelect Make(int start) => new(statement, text[..(headEnd < 0 ? start : headEnd)], text[start..], verb);
    }

    public async ValueTask<WriteOutcome> RunAsync(Session session, CallerCommand caller, bool async, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(session, caller, async, cancellationToken).ConfigureAwait(false);
        var isThere = await IsThereAsync(session, async, cancellationToken).ConfigureAwait(false);
        var created = await WriteAsync($"{_head} SELECT * FROM ({_query}) mirrored_mysql LIMIT 0").ConfigureAwait(false);
        session.SchemaChanged(_statement);
        // IF NOT EXISTS, and it does: the servers warn, and leave it as it is.
        if (isThere)
            return created;
        var table = string.Join('.', _statement.Tables[0].Split('.').Select(Identifier.Quote));
        try
        {
            var insert = $"{_verb} INTO {table} ({string.Join(',', columns.Select(Identifier.Quote))}) {_query}";
            return await WriteAsync(insert).ConfigureAwait(false);
        }
        catch
        {
            await WriteAsync("DROP TABLE " + table).ConfigureAwait(false);
            session.SchemaChanged(_statement);
            throw;
        }

        ValueTask<WriteOutcome> WriteAsync(string sql) =>
            new MirroredWrite(session, SqlScript.Parse(sql, _statement.Syntax).Statements[0], caller).RunAsync(async, cancellationToken);
    }

    private async ValueTask<bool> IsThereAsync(Session session, bool async, CancellationToken cancellationToken)
    {
        if (!HasIfNotExists())
            return false;
        var lead = await session.LeadAsync(async, cancellationToken).ConfigureAwait(false);
        return await SchemaLock.ExistsAsync(lead, _statement.Tables[0], session.Database, session.Syntax, "TRUE", async, cancellationToken).ConfigureAwait(false);
    }

    private bool HasIfNotExists()
    {
        var lexer = new Lexer(_head, 0, _statement.Syntax);
        var token = lexer.Read();
        while (token.Kind != TokenKind.End && token.Keyword != Keyword.Exists)
            token = lexer.Read();
        return token.Kind != TokenKind.End;
    }

    private async ValueTask<List<string>> ColumnsAsync(Session session, CallerCommand caller, bool async, CancellationToken cancellationToken)
    {
        var lead = await session.LeadAsync(async, cancellationToken).ConfigureAwait(false);
        await lead.FlushAsync(async).ConfigureAwait(false);
        using var command = caller.CopyFor(lead, $"SELECT * FROM ({_query}) mirrored_mysql LIMIT 0", null);
        using var reader = await command.ReadAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.Rows.GetName)];
    }
}
