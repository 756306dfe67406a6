namespace MirroredMySql.Sql;

/// <summary>Names and literals: reading, unquoting and collecting them.</summary>
internal ref partial struct StatementParser
{
    // Reads `a`, `a.b`, `.b`, `a.b.*` from the current token on and stops at its last token. Null when no name is there.
    private string? ReadName()
    {
        if (_current.Kind == TokenKind.Dot)
            Advance();
        if (!_current.IsName)
            return null;

        Token? qualifier = null;
        var name = _current;
        while (Peek().Kind == TokenKind.Dot)
        {
            Advance();
            if (!Peek().IsName)
            {
                if (Peek().Kind == TokenKind.Symbol)
                    Advance();
                break;
            }

            Advance();
            qualifier = name;
            name = _current;
        }

        _declaredNameEnd = _current.End;
        return Join(qualifier, name);
    }

    // The name that follows the current token, without moving.
    private string? NameAhead()
    {
        var probe = _lexer;
        var first = probe.Read();
        var dot = probe.Read();
        var second = probe.Read();
        _charactersProbed += probe.CharactersRead - _lexer.CharactersRead;
        if (!first.IsName)
            return null;
        return dot.Kind == TokenKind.Dot && second.IsName ? Join(first, second) : Join(null, first);
    }

    private readonly string Join(Token? qualifier, Token name) =>
        qualifier is { } token ? Unquote(TextOf(token)) + "." + Unquote(TextOf(name)) : Unquote(TextOf(name));

    private void AddTable(string? name)
    {
        if (name is not null)
            (_tables ??= new NameList(StringComparer.Ordinal)).Add(name);
    }

    // Reads one table, skipping IF [NOT] EXISTS before it, and stops behind it.
    private void ReadTable()
    {
        while (_current.Keyword is Keyword.If or Keyword.Not or Keyword.Exists)
            Advance();
        if (ReadName() is { } name)
        {
            AddTable(name);
            Advance();
        }
    }

    // Reads `a, b.c, d`.
    private void ReadTables()
    {
        do
        {
            ReadTable();
        }
        while (SkipComma());
    }

    private bool SkipComma()
    {
        if (_current.Kind != TokenKind.Comma)
            return false;
        Advance();
        return true;
    }

    // Quoted names and strings alike; a name has no backslash escapes.
    private readonly string Unquote(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] is not ('`' or '"' or '\'') || text[^1] != text[0])
            return text.ToString();

        var quote = text[0];
        var inner = text[1..^1];
        var escapes = _syntax.HasBackslashEscapes && (quote == '\'' || (quote == '"' && !_syntax.HasAnsiQuotes));
        if (inner.IndexOf(quote) < 0 && (!escapes || !inner.Contains('\\')))
            return inner.ToString();

        var result = new char[inner.Length];
        var length = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            var c = inner[i];
            if (c == quote && i + 1 < inner.Length && inner[i + 1] == quote)
                i++;
            else if (escapes && c == '\\' && i + 1 < inner.Length)
                c = Unescape(inner[++i]);
            result[length++] = c;
        }

        return new string(result, 0, length);
    }

    private static char Unescape(char c) => c switch
    {
        '0' => '\0',
        'b' => '\b',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'Z' => '\x1A',
        _ => c,
    };
}
