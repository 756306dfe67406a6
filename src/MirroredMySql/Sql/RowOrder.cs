namespace MirroredMySql.Sql;

/// <summary>Where in a statement over one table the primary key has to be added to its order, so that both nodes take the same rows.</summary>
/// <param name="Table">The table whose rows are taken, as written; null when there is more than one, or something else than a table.</param>
/// <param name="Qualifier">What its columns have to be qualified with, as written; null when nothing is needed.</param>
/// <param name="Position">Where to insert.</param>
/// <param name="HasOrder">Whether an ORDER BY stands there already, and the key comes behind it.</param>
internal sealed record RowOrder(string? Table, string? Qualifier, int Position, bool HasOrder)
{
    /// <summary>The edit that adds the key.</summary>
    public TextEdit By(IEnumerable<string> key)
    {
        var columns = string.Join(',', key.Select(c => (Qualifier is null ? "" : Qualifier + ".") + Identifier.Quote(c)));
        return new TextEdit(Position, Position, HasOrder ? $",{columns} " : $" ORDER BY {columns} ");
    }

    /// <summary>Reads UPDATE, DELETE and INSERT … SELECT. Null when a limit stands where no order can be added.</summary>
    public static RowOrder? Of(Statement statement) => new Reader(statement).Read();

    private ref struct Reader(Statement statement)
    {
        private readonly ReadOnlySpan<char> _text = statement.Text;
        private Lexer _lexer = new(statement.Text, 0, statement.Syntax);
        private Token _previous;
        private Token _current;
        private int _depth;

        public RowOrder? Read()
        {
            var isSelect = statement.Verb is StatementVerb.Insert or StatementVerb.Replace;
            if (isSelect ? !SeekFrom() : !SeekTable())
                return null;
            Advance();
            if (!_current.IsName)
                return null;
            var (table, qualifier) = ReadTable();
            var hasOrder = false;
            var isTableList = true;
            var position = -1;
            for (; _current.Kind is not (TokenKind.End or TokenKind.Semicolon); Advance())
            {
                // A table list, a join or a query within: more than one table is at work.
                if (_current.Keyword is Keyword.Join or Keyword.StraightJoin or Keyword.Using
                    || (_depth > 0 && _current.Keyword is Keyword.Limit or Keyword.Fetch))
                {
                    return null;
                }

                if (_depth > 0)
                    continue;
                if (_current.Kind == TokenKind.Comma && isTableList && position < 0)
                    return null;
                isTableList &= _current.Keyword is not (Keyword.Set or Keyword.Where);
                switch (_current.Keyword)
                {
                    case Keyword.For when IsSystemTime():
                    case Keyword.Group or Keyword.Having or Keyword.Fetch or Keyword.Procedure:
                        return null;
                    // USE INDEX FOR ORDER BY (…) is none.
                    case Keyword.Order when _previous.Keyword != Keyword.For:
                        hasOrder = true;
                        isTableList = false;
                        break;
                    case Keyword.Limit or Keyword.Returning or Keyword.Lock when position < 0:
                    case Keyword.For when position < 0 && isSelect && _previous.Keyword is not (Keyword.Index or Keyword.Key):
                    case Keyword.On when position < 0 && isSelect:
                        position = _current.Start;
                        break;
                    case Keyword.None when IsSetOperation():
                        return null;
                }
            }

            // A query in parentheses ends at its own.
            return _depth < 0 ? null : new RowOrder(table, isSelect ? qualifier : null, position < 0 ? _text.Length : position, hasOrder);
        }

        private void Advance()
        {
            _previous = _current;
            _current = _lexer.Read();
            _depth += _current.Kind == TokenKind.Open ? 1 : _current.Kind == TokenKind.Close ? -1 : 0;
        }

        private bool SeekTable()
        {
            Advance();
            if (_current.Keyword == Keyword.Delete)
            {
                while (_current.Kind != TokenKind.End && _current.Keyword != Keyword.From)
                    Advance();
                return _current.Keyword == Keyword.From;
            }

            if (_current.Keyword != Keyword.Update)
                return false;
            var ahead = _lexer;
            while (ahead.Read().Keyword is Keyword.LowPriority or Keyword.Ignore)
                Advance();
            return true;
        }

        // To the FROM of the outermost SELECT. What groups, or throws double rows away, has no rows of its table to order.
        private bool SeekFrom()
        {
            var inSelect = false;
            for (Advance(); _current.Kind != TokenKind.End; Advance())
            {
                inSelect |= _current.Keyword == Keyword.Select && _depth == 0;
                if (_current.Keyword is Keyword.With or Keyword.Table && _depth == 0)
                    return false;
                if (inSelect && _depth == 0 && _current.Kind == TokenKind.Word && IsWord("DISTINCT", "DISTINCTROW"))
                    return false;
                if (inSelect && _current.Kind == TokenKind.Open && _previous.Kind == TokenKind.Word && IsAggregate(_previous))
                    return false;
                if (inSelect && _depth == 0 && _current.Keyword == Keyword.From)
                    return true;
            }

            return false;
        }

        private (string Table, string Qualifier) ReadTable()
        {
            var start = _current.Start;
            var end = _current.End;
            Advance();
            while (_current.Kind == TokenKind.Dot)
            {
                Advance();
                end = _current.End;
                Advance();
            }

            var table = _text[start..end].ToString();
            if (_current.Keyword == Keyword.Partition)
            {
                do
                    Advance();
                while (_current.Kind != TokenKind.End && (_depth > 0 || _current.Kind != TokenKind.Close));
                Advance();
            }

            if (_current.Keyword == Keyword.As)
                Advance();
            var isAlias = _current.Kind == TokenKind.QuotedName
                || (_current.Kind == TokenKind.Word && (_previous.Keyword == Keyword.As || _current.Keyword == Keyword.None)
                    && !IsWord("FORCE", "UNION", "EXCEPT", "INTERSECT", "WINDOW", "CROSS", "INNER", "LEFT", "RIGHT", "NATURAL"));
            return (table, isAlias ? _text[_current.Start.._current.End].ToString() : table);
        }

        private readonly bool IsSetOperation() =>
            _current.Kind == TokenKind.Word && IsWord("UNION", "EXCEPT", "INTERSECT", "MINUS", "WINDOW", "CROSS", "INNER", "LEFT", "RIGHT", "NATURAL");

        // The rows of a table as it was (MariaDB); an alias comes behind that.
        private readonly bool IsSystemTime()
        {
            var ahead = _lexer;
            return Matches(ahead.Read(), "SYSTEM_TIME");
        }

        private readonly bool IsAggregate(Token name) =>
            Matches(name, "COUNT", "SUM", "AVG", "MIN", "MAX", "GROUP_CONCAT", "BIT_AND", "BIT_OR", "BIT_XOR", "JSON_ARRAYAGG", "JSON_OBJECTAGG",
                "STD", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP", "ANY_VALUE");

        private readonly bool IsWord(params ReadOnlySpan<string> words) => Matches(_current, words);

        private readonly bool Matches(Token token, params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (_text[token.Start..token.End].Equals(word, StringComparison.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }
    }
}
