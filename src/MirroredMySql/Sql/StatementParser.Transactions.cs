namespace MirroredMySql.Sql;

/// <summary>Transactions, prepared statements, table locks, diagnostics, and blocks that look like a BEGIN.</summary>
internal ref partial struct StatementParser
{
    // BEGIN [WORK] begins a transaction, BEGIN NOT ATOMIC (MariaDB) a block, and so does BEGIN alone in sql_mode ORACLE.
    private void ReadBegin()
    {
        Advance();
        if (IsAtEnd || Skip(Keyword.Work))
            return;

        _kind = StatementKind.Write;
        _verb = StatementVerb.Compound;
        _traits |= StatementTraits.ReturnsRows;
        if (Skip(Keyword.Not) && Is(Keyword.Atomic))
            ReadBody(openBlocks: 1, isEvent: false);
        else
            _crossesSemicolons = true;
    }

    private void ReadStart()
    {
        Advance();
        if (!Is(Keyword.Transaction))
            Refuse(Refusals.Replication);
        while (!IsAtEnd)
        {
            if (Is(Keyword.Snapshot))
                _traits |= StatementTraits.WithConsistentSnapshot;
            if (Is(Keyword.Only) && _previous.Keyword == Keyword.Read)
                _traits |= StatementTraits.ReadOnly;
            Advance();
        }
    }

    private void ReadEndOfTransaction()
    {
        while (!IsAtEnd)
        {
            if (Is(Keyword.Chain) && _previous.Keyword != Keyword.No)
                _traits |= StatementTraits.Chain;
            if (Is(Keyword.Release) && _previous.Keyword != Keyword.No)
                _traits |= StatementTraits.ReleaseConnection;
            if (Is(Keyword.To) && _verb == StatementVerb.Rollback)
            {
                _verb = StatementVerb.RollbackToSavepoint;
                Advance();
                Skip(Keyword.Savepoint);
                _name = ReadName();
            }

            Advance();
        }
    }

    // SAVEPOINT name, RELEASE SAVEPOINT name.
    private void ReadSavepoint()
    {
        Advance();
        if (_verb == StatementVerb.ReleaseSavepoint)
            Skip(Keyword.Savepoint);
        _name = ReadName();
    }

    // PREPARE name FROM text, EXECUTE name [USING …], EXECUTE IMMEDIATE text, DEALLOCATE PREPARE name.
    private void ReadPrepare()
    {
        Advance();
        if (_verb == StatementVerb.Deallocate)
            Skip(Keyword.Prepare);
        if (_verb == StatementVerb.Execute && Is(Keyword.Immediate) && Peek().Kind is not (TokenKind.End or TokenKind.Semicolon))
        {
            _verb = StatementVerb.ExecuteImmediate;
        }
        else
        {
            _name = ReadName();
            if (_verb != StatementVerb.Prepare || Peek().Keyword != Keyword.From)
                return;
            Advance();
            _traits &= ~StatementTraits.ReadsData;
        }

        if (Peek().Kind != TokenKind.String)
            return;
        Advance();
        if (Peek().Kind is TokenKind.End or TokenKind.Semicolon || Peek().Keyword == Keyword.Using)
            _preparedText = Unquote(TextOf(_current));
    }

    // LOCK TABLES a [AS x] READ, b WRITE; UNLOCK TABLES. INSTANCE is MySQL's backup lock.
    private void ReadLock()
    {
        Advance();
        if (_current.Keyword is not (Keyword.Table or Keyword.Tables))
        {
            Refuse(Refusals.BackupLock);
            return;
        }

        while (!IsAtEnd)
        {
            if (_current.Keyword is Keyword.Table or Keyword.Tables || _current.Kind == TokenKind.Comma)
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

    // GET DIAGNOSTICS @x = NUMBER, …
    private void ReadGetDiagnostics()
    {
        while (!IsAtEnd)
        {
            Advance();
            if (_current.Kind == TokenKind.EqualSign && _previous.Kind == TokenKind.UserVariable)
                AssignLastVariable();
        }
    }
}
