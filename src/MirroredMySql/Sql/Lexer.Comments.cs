namespace MirroredMySql.Sql;

/// <summary>What stands between tokens: white space, comments, and the frame of comments that are code.</summary>
internal ref partial struct Lexer
{
    private void SkipBlanks()
    {
        while (_position < _text.Length)
        {
            switch (_text[_position])
            {
                case ' ' or '\t' or '\n' or '\v' or '\f' or '\r':
                    _position++;
                    break;
                case '#':
                    SkipLine();
                    break;
                case '-' when Peek(1) == '-' && (Peek(2) is <= ' ' or '\x7F' || IsOver(_text[(_position + 2)..])):
                    SkipLine();
                    break;
                case '/' when Peek(1) == '*':
                    SkipOrEnterComment();
                    break;
                case '*' when _inExecutableComment && Peek(1) == '/':
                    _inExecutableComment = false;
                    _position += 2;
                    SolidEnd = _position;
                    break;
                default:
                    return;
            }
        }
    }

    // The servers drop semicolons and white space at the end of a text before they read it: in `SELECT 1--;` they find a comment.
    private static bool IsOver(ReadOnlySpan<char> rest) => rest.IndexOfAnyExcept(SemicolonOrWhiteSpace) < 0;

    // Like the servers: a line ends at a line feed or a NUL, not at a lone carriage return.
    private void SkipLine()
    {
        var length = _text[_position..].IndexOfAny('\n', '\0');
        _position = length < 0 ? _text.Length : _position + length;
    }

    private void SkipOrEnterComment()
    {
        var rest = _text[_position..];
        switch (ExecutableComment.Judge(rest, _syntax, out var prefix))
        {
            case ExecutableComment.Verdict.Runs:
                EnterExecutableComment(prefix);
                return;
            case ExecutableComment.Verdict.Depends:
                IsDoubtful = true;
                EnterExecutableComment(prefix);
                return;
            case ExecutableComment.Verdict.Skipped:
                SkipNestedComment(prefix);
                return;
        }

        var length = rest[2..].IndexOf("*/");
        if (rest.Length > 2 && rest[2] == '+' && length > 0 && HintEndsElsewhere(rest.Slice(3, length - 1)))
            IsDoubtful = true;
        EndComment(length < 0 ? -1 : length + 4);
    }

    private void EnterExecutableComment(int prefix)
    {
        _inExecutableComment = true;
        _position += prefix;
        SolidEnd = _position;
    }

    // A comment that is not for this server may hold ordinary comments, one level deep.
    private void SkipNestedComment(int prefix)
    {
        var rest = _text[_position..];
        var at = prefix;
        while (true)
        {
            var next = rest[at..].IndexOfAny('*', '/');
            if (next < 0 || at + next + 1 >= rest.Length)
            {
                EndComment(-1);
                return;
            }

            at += next;
            if (rest[at] == '*' && rest[at + 1] == '/')
            {
                EndComment(at + 2);
                return;
            }

            if (rest[at] == '/' && rest[at + 1] == '*')
            {
                var inner = rest[(at + 2)..].IndexOf("*/");
                if (inner < 0)
                {
                    EndComment(-1);
                    return;
                }

                at += inner + 4;
            }
            else
            {
                at++;
            }
        }
    }

    // length is that of the whole comment, or negative when it does not end.
    private void EndComment(int length)
    {
        IsUnterminated |= length < 0;
        _position = length < 0 ? _text.Length : _position + length;
        SolidEnd = _position;
    }

    // MySQL reads quoted names in a hint, and a quote hides the end of the comment from it.
    private static bool HintEndsElsewhere(ReadOnlySpan<char> hint)
    {
        if (hint.Contains('\\'))
            return true;
        while (hint.IndexOfAny('\'', '"', '`') is var open and >= 0)
        {
            var close = hint[(open + 1)..].IndexOf(hint[open]);
            if (close < 0)
                return true;
            hint = hint[(open + close + 2)..];
        }

        return false;
    }
}
