namespace MirroredMySql.Sql;

/// <summary>INSERT, REPLACE, UPDATE, DELETE, LOAD: which tables they write.</summary>
internal ref partial struct StatementParser
{
    private void ReadInsert()
    {
        _intoNamesTable = true;
        Advance();
        ReadModifiers();
        Skip(Keyword.Into);
        ReadTable();
        ReadRows();
    }

    private void ReadModifiers()
    {
        while (_current.Keyword is Keyword.LowPriority or Keyword.HighPriority or Keyword.Delayed or Keyword.Quick or Keyword.Ignore)
        {
            if (Is(Keyword.Ignore))
                _traits |= StatementTraits.Ignore;
            Advance();
        }
    }

    // Where the rows come from: the first of VALUES, SET and SELECT decides; a SELECT behind that is a subquery.
    private void ReadRows()
    {
        var source = Keyword.None;
        while (!IsAtEnd)
        {
            switch (_current.Keyword)
            {
                case Keyword.Values or Keyword.Value or Keyword.Set when source == Keyword.None && _depth == 0:
                    source = _current.Keyword;
                    break;
                case Keyword.Select or Keyword.With or Keyword.Table when source == Keyword.None:
                    source = _current.Keyword;
                    _traits |= StatementTraits.InsertSelect | StatementTraits.ReadsData;
                    break;
                case Keyword.On or Keyword.As when _depth == 0 && source is Keyword.Values or Keyword.Value:
                    source = Keyword.On;
                    break;
            }

            if (_current.Kind == TokenKind.Comma && _depth == 0 && source is Keyword.Values or Keyword.Value)
                _traits |= StatementTraits.MultiRow;
            Advance();
        }
    }

    private void ReadUpdate()
    {
        Advance();
        ReadModifiers();
        ReadTableReferences(endsAtUsing: false);
    }

    // DELETE FROM t …, DELETE a, b FROM references, DELETE FROM a, b USING references. Before FROM or USING stand aliases.
    private void ReadDelete()
    {
        Advance();
        ReadModifiers();
        if (!Is(Keyword.From))
        {
            while (!IsAtEnd && !Is(Keyword.From))
                Advance();
            Skip(Keyword.From);
            ReadTableReferences(endsAtUsing: false);
            return;
        }

        Advance();
        ReadTableReferences(endsAtUsing: true);
        if (!Skip(Keyword.Using))
            return;
        _tables = null;
        _traits &= ~StatementTraits.MultiTable;
        ReadTableReferences(endsAtUsing: false);
    }

    // Collects the tables of a join up to SET or WHERE. What stands in a derived table is only read.
    private void ReadTableReferences(bool endsAtUsing)
    {
        var expectsTable = true;
        while (!IsAtEnd)
        {
            switch (_current.Keyword)
            {
                case Keyword.Set or Keyword.Where or Keyword.Order or Keyword.Limit or Keyword.Returning when !expectsTable:
                case Keyword.Using when endsAtUsing:
                    return;
                case Keyword.Join or Keyword.StraightJoin:
                    expectsTable = true;
                    _traits |= StatementTraits.MultiTable;
                    break;
                case Keyword.Select or Keyword.Values or Keyword.With when expectsTable:
                    SkipToClose(_depth);
                    expectsTable = false;
                    break;
                case Keyword.JsonTable or Keyword.Dual when expectsTable:
                    expectsTable = false;
                    break;
                case Keyword.Lateral when expectsTable && Peek().Kind == TokenKind.Open:
                    break;
                default:
                    expectsTable = ReadTableReference(expectsTable);
                    break;
            }

            Advance();
        }
    }

    private bool ReadTableReference(bool expectsTable)
    {
        switch (_current.Kind)
        {
            case TokenKind.Comma:
                _traits |= StatementTraits.MultiTable;
                return true;
            case TokenKind.Open when !expectsTable:
                // Columns, index names, partitions or a condition.
                SkipToClose(_depth);
                return false;
            case TokenKind.Symbol when expectsTable && _text[_current.Start] == '{':
                // { OJ t1 LEFT JOIN t2 … }
                Advance();
                return true;
            case TokenKind.Dot or TokenKind.Word or TokenKind.QuotedName when expectsTable:
                AddTable(ReadName());
                return false;
            default:
                return expectsTable;
        }
    }

    private void ReadLoad()
    {
        _intoNamesTable = true;
        Advance();
        if (Is(Keyword.Index))
        {
            Refuse(Refusals.Administration);
            return;
        }

        var isLocal = false;
        while (!IsAtEnd && !Is(Keyword.Into))
        {
            Advance();
            isLocal |= Is(Keyword.Local);
            if (Is(Keyword.Ignore))
                _traits |= StatementTraits.Ignore;
        }

        if (isLocal)
            _traits |= StatementTraits.LocalInfile;
        else
            Refuse(Refusals.ServerFile);
        Skip(Keyword.Into);
        Skip(Keyword.Table);
        ReadTable();
    }
}
