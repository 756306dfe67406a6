namespace MirroredMySql.Sql;

/// <summary>CREATE, ALTER, DROP, RENAME, TRUNCATE, table maintenance.</summary>
internal ref partial struct StatementParser
{
    private void ReadCreate()
    {
        var rule = FindObject();
        if (_traits.HasFlag(StatementTraits.TemporaryTable))
            KeepToSession();
        if (rule.Naming == Naming.Itself)
        {
            Advance();
            ReadTable();
            ReadTableDefinition();
        }
        else if (rule.Naming == Naming.BehindOn)
        {
            ReadTableBehindOn();
        }

        if (rule.HasBody)
        {
            _traits |= StatementTraits.CreatesRoutine;
            if (rule.Naming == Naming.None)
                ReadObjectName();
            ReadBody(openBlocks: 0, rule.Object == SchemaObject.Event);
        }
    }

    // Looks only, so that whoever reads the body finds everything.
    private void ReadObjectName()
    {
        if (IsAtEnd)
            return;
        var probe = _lexer;
        var token = _hasAhead ? _ahead : probe.Read();
        while (token.Keyword is Keyword.If or Keyword.Not or Keyword.Exists)
            token = probe.Read();
        if (token.IsName)
            _name = Unquote(TextOf(token));
        _charactersProbed += probe.CharactersRead - _lexer.CharactersRead;
    }

    // Passes OR REPLACE, DEFINER = …, UNIQUE and what else may stand between the verb and the kind of object.
    private SchemaObjectRule FindObject()
    {
        SchemaObjectRule rule = default;
        Advance();
        while (!IsAtEnd && !SchemaObjects.TryFind(_current.Keyword, out rule))
        {
            if (Is(Keyword.Temporary))
                _traits |= StatementTraits.TemporaryTable;
            if (_current.Kind == TokenKind.EqualSign)
                Advance();
            Advance();
        }

        _object = rule.Object == SchemaObject.None ? SchemaObject.Other : rule.Object;
        if (rule.Reason is not null)
            Refuse(rule.Reason);
        return rule;
    }

    private void KeepToSession()
    {
        _kind = StatementKind.SessionState;
        _traits &= ~StatementTraits.ImplicitCommit;
    }

    private void ReadTableBehindOn()
    {
        while (!IsAtEnd && !Is(Keyword.On))
            Advance();
        if (Skip(Keyword.On))
            ReadTable();
    }

    // CREATE TABLE name … : LIKE another, the engine, or rows from a query.
    private void ReadTableDefinition()
    {
        _isDefinition = true;
        while (!IsAtEnd)
        {
            switch (_current.Keyword)
            {
                case Keyword.Select or Keyword.Table:
                case Keyword.Row when _previous.Keyword == Keyword.Values:
                    _isDefinition = false;
                    _traits |= StatementTraits.CreateSelect | StatementTraits.ReadsData;
                    break;
                case Keyword.Like when _depth == 0 || _previous.Kind == TokenKind.Open:
                    _traits |= StatementTraits.CreateLike;
                    break;
                case Keyword.Engine:
                    ReadEngine();
                    break;
            }

            Advance();
        }
    }

    private void ReadEngine()
    {
        if (Peek().Kind == TokenKind.EqualSign)
            Advance();
        var engine = TextOf(Peek()).Trim("`'\"");
        if (Peek().Kind is not (TokenKind.Word or TokenKind.QuotedName or TokenKind.String))
            return;
        foreach (var transactional in (ReadOnlySpan<string>)["InnoDB", "RocksDB", "NDB", "NDBCLUSTER", "TokuDB"])
        {
            if (engine.Equals(transactional, StringComparison.OrdinalIgnoreCase))
                return;
        }

        _traits |= StatementTraits.NonTransactionalEngine;
    }

    private void ReadAlter()
    {
        var rule = FindObject();
        if (rule.Naming == Naming.Itself)
        {
            Advance();
            ReadTable();
            ReadAlterations();
        }
        else if (rule.HasBody)
        {
            _traits |= StatementTraits.CreatesRoutine;
            ReadBody(openBlocks: 0, rule.Object == SchemaObject.Event);
        }
    }

    private void ReadAlterations()
    {
        var movesFiles = false;
        while (!IsAtEnd)
        {
            switch (_current.Keyword)
            {
                case Keyword.Rename when Peek().Keyword is not (Keyword.Column or Keyword.Index or Keyword.Key):
                    // RENAME [TO | AS | =] name
                    Advance();
                    while (_current.Keyword is Keyword.To or Keyword.As || _current.Kind == TokenKind.EqualSign)
                        Advance();
                    ReadTable();
                    continue;
                case Keyword.Table:
                    // EXCHANGE PARTITION p WITH TABLE name, CONVERT TABLE name TO PARTITION p
                    Advance();
                    ReadTable();
                    continue;
                case Keyword.Engine:
                    ReadEngine();
                    break;
                case Keyword.Discard or Keyword.Import:
                    movesFiles = true;
                    break;
                case Keyword.Tablespace when movesFiles:
                    Refuse(Refusals.ServerFile);
                    break;
            }

            Advance();
        }
    }

    private void ReadDrop()
    {
        if (Peek().Keyword == Keyword.Prepare)
        {
            Take(VerbRules.Of(Keyword.Deallocate));
            _traits &= ~StatementTraits.ImplicitCommit;
            ReadPrepare();
            return;
        }

        var rule = FindObject();
        if (_traits.HasFlag(StatementTraits.TemporaryTable))
            KeepToSession();
        if (rule.Naming == Naming.Itself)
        {
            Advance();
            ReadTables();
        }
        else if (rule.Naming == Naming.BehindOn && rule.Object == SchemaObject.Index)
        {
            ReadTableBehindOn();
        }
        else
        {
            ReadObjectName();
        }
    }

    // RENAME TABLE a TO b, c TO d
    private void ReadRename()
    {
        if (FindObject().Reason is not null)
            return;
        while (!IsAtEnd)
        {
            if (_current.Keyword is Keyword.Table or Keyword.Tables or Keyword.To || _current.Kind == TokenKind.Comma)
            {
                Advance();
                ReadTable();
            }
            else
            {
                Advance();
            }
        }
    }

    private void ReadTruncate()
    {
        _object = SchemaObject.Table;
        Advance();
        Skip(Keyword.Table);
        ReadTable();
    }

    // ANALYZE | CHECK | OPTIMIZE | REPAIR [LOCAL | NO_WRITE_TO_BINLOG] TABLE a, b … options
    private void ReadMaintenance()
    {
        _traits |= StatementTraits.ImplicitCommit | StatementTraits.ReturnsRows;
        while (!IsAtEnd && _current.Keyword is not (Keyword.Table or Keyword.Tables or Keyword.View))
            Advance();
        Advance();
        ReadTables();
    }
}
