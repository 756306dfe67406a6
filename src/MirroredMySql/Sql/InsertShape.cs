namespace MirroredMySql.Sql;

/// <summary>A value in a row of an INSERT, by its place in the text.</summary>
internal readonly record struct Span(int Start, int End);

/// <summary>
/// The columns and rows of INSERT … VALUES and INSERT … SET by their places in the text, so that a column can be added whose default
/// would give each node another value.
/// </summary>
internal sealed class InsertShape
{
    /// <summary>The columns that are named; null without a list, which means all of them.</summary>
    public List<string>? Columns { get; private init; }

    /// <summary>Where another column can be named: before the parenthesis behind the list.</summary>
    public int EndOfColumns { get; private init; }

    /// <summary>The values of each row. For SET, one row.</summary>
    public List<List<Span>> Rows { get; } = [];

    /// <summary>Where each row ends: before its parenthesis, or for SET behind its last value.</summary>
    public List<int> RowEnds { get; } = [];

    public bool IsSet { get; private init; }

    /// <summary>Null for INSERT … SELECT and whatever else is not understood.</summary>
    public static InsertShape? Of(Statement statement)
    {
        var text = statement.Text.AsSpan();
        var lexer = new Lexer(text, 0, statement.Syntax);
        List<string>? columns = null;
        var endOfColumns = 0;
        var depth = 0;
        var token = lexer.Read();
        // The head: verb, modifiers, INTO, table, PARTITION (…), columns.
        Token previous = default;
        while (token.Kind != TokenKind.End)
        {
            if (depth == 0 && token.Keyword == Keyword.Set)
                return ReadSet(text, ref lexer);
            if (depth == 0 && token.Keyword is Keyword.Values or Keyword.Value)
            {
                var shape = new InsertShape { Columns = columns, EndOfColumns = endOfColumns };
                return shape.ReadRows(ref lexer) ? shape : null;
            }

            if (token.Keyword is Keyword.Select or Keyword.Table or Keyword.With)
                return null;
            if (token.Kind == TokenKind.Open && depth == 0 && previous.Keyword != Keyword.Partition)
                columns = [];
            depth += token.Kind == TokenKind.Open ? 1 : token.Kind == TokenKind.Close ? -1 : 0;
            if (token.Kind == TokenKind.Close && depth == 0)
                endOfColumns = token.Start;
            if (depth == 1 && columns is not null && token.IsName)
            {
                var name = Identifier.Unquote(text[token.Start..token.End]);
                if (previous.Kind == TokenKind.Dot && columns.Count > 0)
                    columns[^1] = name;
                else
                    columns.Add(name);
            }

            previous = token;
            token = lexer.Read();
        }

        return null;
    }

    private bool ReadRows(ref Lexer lexer)
    {
        while (true)
        {
            var token = lexer.Read();
            if (token.Kind != TokenKind.Open)
                return false;
            var values = new List<Span>();
            var depth = 1;
            var start = -1;
            var end = 0;
            while (depth > 0)
            {
                token = lexer.Read();
                if (token.Kind == TokenKind.End)
                    return false;
                depth += token.Kind == TokenKind.Open ? 1 : token.Kind == TokenKind.Close ? -1 : 0;
                if (depth == 0 || (depth == 1 && token.Kind == TokenKind.Comma))
                {
                    if (start >= 0)
                        values.Add(new Span(start, end));
                    start = -1;
                    continue;
                }

                if (start < 0)
                    start = token.Start;
                end = token.End;
            }

            Rows.Add(values);
            RowEnds.Add(token.Start);
            token = lexer.Read();
            if (token.Kind == TokenKind.Comma)
                continue;
            return token.Kind is TokenKind.End or TokenKind.Semicolon || token.Keyword is Keyword.On or Keyword.As or Keyword.Returning;
        }
    }

    private static InsertShape? ReadSet(ReadOnlySpan<char> text, ref Lexer lexer)
    {
        var shape = new InsertShape { Columns = [], IsSet = true };
        var values = new List<Span>();
        while (true)
        {
            var name = lexer.Read();
            if (!name.IsName)
                return null;
            var token = lexer.Read();
            while (token.Kind == TokenKind.Dot)
            {
                name = lexer.Read();
                token = lexer.Read();
            }

            if (token.Kind is not (TokenKind.EqualSign or TokenKind.Assign))
                return null;
            shape.Columns!.Add(Identifier.Unquote(text[name.Start..name.End]));
            var (start, end, depth) = (-1, 0, 0);
            for (token = lexer.Read(); token.Kind is not (TokenKind.End or TokenKind.Semicolon); token = lexer.Read())
            {
                if (depth == 0 && (token.Kind == TokenKind.Comma || token.Keyword is Keyword.On or Keyword.As or Keyword.Returning))
                    break;
                depth += token.Kind == TokenKind.Open ? 1 : token.Kind == TokenKind.Close ? -1 : 0;
                if (start < 0)
                    start = token.Start;
                end = token.End;
            }

            if (start < 0)
                return null;
            values.Add(new Span(start, end));
            if (token.Kind == TokenKind.Comma)
                continue;
            shape.Rows.Add(values);
            shape.RowEnds.Add(end);
            return shape;
        }
    }
}
