using System.Buffers;

namespace MirroredMySql.Sql;

/// <summary>
/// Cuts SQL text into tokens as the servers do (sql/sql_lex.cc of both families). It reads every character a bounded number of times,
/// copies nothing and accepts any text; what a server would reject is left for the server to reject.
/// </summary>
internal ref partial struct Lexer
{
    private static readonly SearchValues<char> SingleQuoteOrBackslash = SearchValues.Create("'\\");
    private static readonly SearchValues<char> DoubleQuoteOrBackslash = SearchValues.Create("\"\\");
    private static readonly SearchValues<char> SemicolonOrWhiteSpace = SearchValues.Create("; \t\n\v\f\r");

    private readonly ReadOnlySpan<char> _text;
    private readonly SqlSyntax _syntax;
    private int _position;
    private bool _inExecutableComment;
    private bool _afterDot;

    public Lexer(ReadOnlySpan<char> text, int position, SqlSyntax syntax)
    {
        _text = text;
        _position = position;
        _syntax = syntax;
        SolidEnd = position;
    }

    /// <summary>A quote or a comment does not end: every server rejects the text, and nothing may be appended to it.</summary>
    public bool IsUnterminated { get; private set; }

    /// <summary>
    /// What follows depends on the server's version (an executable comment that only newer servers run, a quote in a hint) or cannot
    /// be cut off, so no later semicolon is known to end a statement.
    /// </summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>
    /// The end of the last token or block comment: a line comment behind it would swallow whatever is appended to the text.
    /// </summary>
    public int SolidEnd { get; private set; }

    /// <summary><see cref="SolidEnd"/> as it was before the last token.</summary>
    public int SolidEndBefore { get; private set; }

    /// <summary>The work done so far.</summary>
    public long CharactersRead { get; private set; }

    public Token Read()
    {
        var before = _position;
        var token = ReadNext(before);
        CharactersRead += _position - before;
        return token;
    }

    private Token ReadNext(int before)
    {
        SkipBlanks();
        var start = _position;
        var afterDot = _afterDot && start == before;
        _afterDot = false;
        SolidEndBefore = SolidEnd;
        if (start >= _text.Length)
        {
            if (_inExecutableComment)
                IsUnterminated = true;
            return new Token(TokenKind.End, Keyword.None, _text.Length, _text.Length, start == before);
        }

        var kind = ReadToken(_text[start], afterDot);
        SolidEnd = _position;
        var keyword = kind == TokenKind.Word && !afterDot && !IsBeforeDot() ? Keywords.Find(_text[start.._position]) : Keyword.None;
        return new Token(kind, keyword, start, _position, start == before);
    }

    private TokenKind ReadToken(char first, bool afterDot)
    {
        switch (first)
        {
            case ';':
                // Cut here, the text would change its meaning: `/*! a;` does not end, and `1--;`, an error, becomes a comment.
                IsDoubtful |= _inExecutableComment || _text[.._position].EndsWith("--");
                return Single(TokenKind.Semicolon);
            case '(':
                return Single(TokenKind.Open);
            case ')':
                return Single(TokenKind.Close);
            case ',':
                return Single(TokenKind.Comma);
            case '=':
                return Single(TokenKind.EqualSign);
            case ':' when Peek(1) == '=':
                _position += 2;
                return TokenKind.Assign;
            case '.' when !char.IsAsciiDigit(Peek(1)) || IsBehindName():
                _afterDot = true;
                return Single(TokenKind.Dot);
            case '.':
                ReadFraction();
                return TokenKind.Number;
            case '\'':
                ReadString('\'', SingleQuoteOrBackslash);
                return TokenKind.String;
            case '"' when !_syntax.HasAnsiQuotes:
                ReadString('"', DoubleQuoteOrBackslash);
                return TokenKind.String;
            case '"' or '`':
                ReadQuotedName(first);
                return TokenKind.QuotedName;
            case '@':
                return ReadVariable();
            case '?' when !_inExecutableComment && !IsIdentifierCharacter(Peek(1)):
                // Inside a comment of any sort the drivers see no parameters.
                return Single(TokenKind.Parameter);
            case '\\' when Peek(1) == 'N':
                // NULL in the notation of data files; a keyword may follow without a blank.
                _position += 2;
                return TokenKind.Symbol;
            case '$' when !_syntax.IsMariaDb && !afterDot && ReadDollarString():
                return TokenKind.DollarString;
        }

        if (char.IsAsciiDigit(first) && !afterDot && ReadNumber())
            return TokenKind.Number;

        if (!IsIdentifierCharacter(first))
            return Single(TokenKind.Symbol);

        SkipIdentifier();
        return TokenKind.Word;
    }

    private TokenKind Single(TokenKind kind)
    {
        _position++;
        return kind;
    }

    private readonly char Peek(int offset) => _position + offset < _text.Length ? _text[_position + offset] : '\0';

    // In `t.5` the dot belongs to a name, in `(.5` to a number.
    private readonly bool IsBehindName() => _position > 0 && IsIdentifierCharacter(_text[_position - 1]);

    // `select.id` is a column of the table select: a glued dot makes a name of any word.
    private readonly bool IsBeforeDot() => Peek(0) == '.' && IsIdentifierCharacter(Peek(1));

    private void ReadString(char quote, SearchValues<char> special)
    {
        _position++;
        while (_position < _text.Length)
        {
            var rest = _text[_position..];
            var length = _syntax.HasBackslashEscapes ? rest.IndexOfAny(special) : rest.IndexOf(quote);
            if (length < 0 || (rest[length] == '\\' && length + 1 >= rest.Length))
                break;

            _position += length + 1;
            if (rest[length] == '\\' || Peek(0) == quote)
                _position++;
            else
                return;
        }

        _position = _text.Length;
        IsUnterminated = true;
    }

    private void ReadQuotedName(char quote)
    {
        _position++;
        while (_text[_position..].IndexOf(quote) is var length and >= 0)
        {
            _position += length + 1;
            if (Peek(0) != quote)
                return;
            _position++;
        }

        _position = _text.Length;
        IsUnterminated = true;
    }

    private TokenKind ReadVariable()
    {
        _position++;
        if (Peek(0) == '@')
        {
            _position++;
            if (Peek(0) == '`')
                ReadQuotedName('`');
            else
                SkipIdentifier();
            return TokenKind.SystemVariable;
        }

        switch (Peek(0))
        {
            case '\'':
                ReadString('\'', SingleQuoteOrBackslash);
                break;
            case '"' when !_syntax.HasAnsiQuotes:
                ReadString('"', DoubleQuoteOrBackslash);
                break;
            case '"' or '`':
                ReadQuotedName(_text[_position]);
                break;
            default:
                // Here, unlike in other names, a dot is part of the name.
                while (_position < _text.Length && (IsIdentifierCharacter(_text[_position]) || _text[_position] == '.'))
                    _position++;
                break;
        }

        return TokenKind.UserVariable;
    }

    // 1e5FROM is a number and a keyword, 1FROM one identifier. False: it is an identifier, and nothing was read.
    private bool ReadNumber()
    {
        var start = _position;
        if (_text[start] == '0' && Peek(1) is 'x' or 'b')
        {
            var hexadecimal = Peek(1) == 'x';
            _position += 2;
            while (hexadecimal ? char.IsAsciiHexDigit(Peek(0)) : Peek(0) is '0' or '1')
                _position++;
            if (_position > start + 2 && !IsIdentifierCharacter(Peek(0)))
                return true;
            _position = start;
        }

        SkipDigits();
        if (Peek(0) == '.')
        {
            ReadFraction();
            return true;
        }

        if (!IsIdentifierCharacter(Peek(0)) || ReadExponent())
            return true;

        _position = start;
        return false;
    }

    private void ReadFraction()
    {
        _position++;
        SkipDigits();
        ReadExponent();
    }

    private bool ReadExponent()
    {
        if (Peek(0) is not ('e' or 'E'))
            return false;
        var sign = Peek(1) is '+' or '-' ? 1 : 0;
        if (!char.IsAsciiDigit(Peek(1 + sign)))
            return false;
        _position += 1 + sign;
        SkipDigits();
        return true;
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0)))
            _position++;
    }

    // $$ or $tag$ up to the same again. False: the dollar begins an identifier.
    private bool ReadDollarString()
    {
        var rest = _text[_position..];
        var tag = 1;
        while (tag < rest.Length && rest[tag] != '$' && IsIdentifierCharacter(rest[tag]))
            tag++;
        if (tag >= rest.Length || rest[tag] != '$')
            return false;

        var delimiter = rest[..(tag + 1)];
        var length = rest[delimiter.Length..].IndexOf(delimiter);
        IsUnterminated |= length < 0;
        _position = length < 0 ? _text.Length : _position + length + (2 * delimiter.Length);
        return true;
    }

    private void SkipIdentifier()
    {
        while (_position < _text.Length && IsIdentifierCharacter(_text[_position]))
            _position++;
    }

    // Every character beyond ASCII counts, as in the servers' ident_map: a no-break space is no white space there.
    internal static bool IsIdentifierCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or >= '\x80';
}
