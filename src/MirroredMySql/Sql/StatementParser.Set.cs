namespace MirroredMySql.Sql;

/// <summary>SET in its forms: session variables, user variables, NAMES, TRANSACTION, ROLE, and MariaDB's SET STATEMENT … FOR.</summary>
internal ref partial struct StatementParser
{
    // True when the statement behind SET STATEMENT … FOR follows.
    private bool ReadSet()
    {
        Advance();
        if (Is(Keyword.Statement) && Peek().IsName)
        {
            _isSetStatement = true;
            _traits |= StatementTraits.SetStatement;
            Advance();
        }

        var assignments = 0;
        var depth = _depth;
        do
        {
            ReadAssignment();
            assignments++;
            while (!IsAtEnd && !(_depth <= depth && (_current.Kind == TokenKind.Comma || (_isSetStatement && Is(Keyword.For)))))
                Advance();
        }
        while (SkipComma());

        if (_setsAutocommit && assignments > 1)
            Refuse(Refusals.AutocommitInList);
        if (!_isSetStatement)
            return false;
        if (!Is(Keyword.For))
            return LoseTrack();

        // This FOR is no locking clause, even before UPDATE.
        _current = _current with { Keyword = Keyword.None };
        Advance();
        return true;
    }

    private void ReadAssignment()
    {
        var isSession = false;
        while (_current.Keyword is Keyword.Global or Keyword.Persist or Keyword.PersistOnly or Keyword.Session or Keyword.Local
            && !IsAssigned())
        {
            if (_current.Keyword is Keyword.Session or Keyword.Local)
                isSession = true;
            else
                Refuse(Refusals.GlobalVariable);
            Advance();
        }

        switch (_current.Kind)
        {
            case TokenKind.UserVariable when IsAssigned():
                AssignLastVariable();
                return;
            case TokenKind.SystemVariable:
                ReadSystemVariable();
                return;
            case TokenKind.Word when !IsAssigned() && ReadSpecialAssignment(isSession):
                return;
        }

        if (ReadName() is { } name)
            SetVariable(name, isOneShot: false);
    }

    private bool IsAssigned() => Peek().Kind is TokenKind.EqualSign or TokenKind.Assign;

    // What is no variable although it stands where one could. All but the character sets reach to the end of the statement.
    private bool ReadSpecialAssignment(bool isSession)
    {
        switch (_current.Keyword)
        {
            case Keyword.Transaction:
                _verb = StatementVerb.SetTransaction;
                _traits |= StatementTraits.SetsIsolation | (isSession ? 0 : StatementTraits.OneShot);
                return SkipRest();
            case Keyword.Names or Keyword.Charset:
                ReadCharacterSet();
                return true;
            case Keyword.Character:
                Advance();
                ReadCharacterSet();
                return true;
            case Keyword.Role:
                _verb = StatementVerb.SetRole;
                return SkipRest();
            case Keyword.Password:
            case Keyword.Default when Peek().Keyword == Keyword.Role:
                Refuse(Refusals.Account);
                return SkipRest();
            case Keyword.Resource:
                Refuse(Refusals.Administration);
                return SkipRest();
            default:
                return false;
        }
    }

    private bool SkipRest()
    {
        while (!IsAtEnd)
            Advance();
        return true;
    }

    private void ReadCharacterSet()
    {
        _traits |= StatementTraits.SetsCharacterSet;
        Advance();
        RefuseUnsafeCharacterSet();
    }

    private void RefuseUnsafeCharacterSet()
    {
        if (!IsAtEnd && SystemVariables.HidesQuotes(TextOf(_current)))
            Refuse(Refusals.CharacterSet);
    }

    // @@name, @@scope.name
    private void ReadSystemVariable()
    {
        var name = TextOf(_current)[2..];
        if (!SystemVariables.IsScope(name) || Peek().Kind != TokenKind.Dot)
        {
            SetVariable(Unquote(name), isOneShot: true);
            return;
        }

        if (!name.Equals("session", StringComparison.OrdinalIgnoreCase) && !name.Equals("local", StringComparison.OrdinalIgnoreCase))
            Refuse(Refusals.GlobalVariable);
        Advance();
        Advance();
        if (ReadName() is { } scoped)
            SetVariable(scoped, isOneShot: false);
    }

    // isOneShot: @@transaction_isolation without a scope is for the next transaction only, unlike any other variable.
    private void SetVariable(string name, bool isOneShot)
    {
        (_sessionVariables ??= []).Add(name);
        if (!IsAssigned())
            return;
        Advance();
        if (name.Equals("password", StringComparison.OrdinalIgnoreCase))
            Refuse(Refusals.Account);
        if (_isSetStatement)
            return;

        var set = SystemVariables.Find(name).WhenSet;
        _traits |= set;
        if (isOneShot && set.HasFlag(StatementTraits.SetsIsolation))
            _traits |= StatementTraits.OneShot;
        if (name.Equals("autocommit", StringComparison.OrdinalIgnoreCase))
            SetAutocommit();
        else if (set.HasFlag(StatementTraits.SetsSqlMode))
            SetSqlMode();
        else if (name.Equals("character_set_client", StringComparison.OrdinalIgnoreCase))
            SetClientCharacterSet();
    }

    private void SetAutocommit()
    {
        _setsAutocommit = true;
        _kind = StatementKind.Transaction;
        switch (ReadLiteral()?.ToUpperInvariant())
        {
            case "1" or "ON" or "TRUE":
                _verb = StatementVerb.SetAutocommitOn;
                break;
            case "0" or "OFF" or "FALSE":
                _verb = StatementVerb.SetAutocommitOff;
                break;
            default:
                Refuse(Refusals.AutocommitValue);
                break;
        }
    }

    private void SetSqlMode() =>
        SyntaxBehind = ReadLiteral() is { } mode && _current.Kind != TokenKind.Number && _current.Keyword != Keyword.Default
            ? _syntax.WithSqlMode(mode)
            : null;

    private void SetClientCharacterSet()
    {
        Advance();
        RefuseUnsafeCharacterSet();
    }

    // The value behind the equal sign, if it is a single word, number or string.
    private string? ReadLiteral()
    {
        Advance();
        return _current.Kind is TokenKind.Word or TokenKind.Number or TokenKind.String
            && Peek().Kind is TokenKind.End or TokenKind.Semicolon or TokenKind.Comma
            ? Unquote(TextOf(_current))
            : null;
    }
}
