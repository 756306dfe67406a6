using System.Buffers;

namespace MirroredMySql.Sql;

/// <summary>
/// What can stand anywhere in any statement: parameters, variables, calls, locking clauses, INTO. Decided from the token and the two
/// before it.
/// </summary>
internal ref partial struct StatementParser
{
    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(" \t\n\v\f\r");

    private void Watch()
    {
        if (_isBody)
        {
            if (_current.Kind == TokenKind.Parameter)
                _parameters++;
            return;
        }

        if (_inLastInsertId)
            WatchLastInsertIdArgument();
        if (_previous.Keyword == Keyword.Into && !_intoNamesTable)
            WatchInto();
        else if (_inIntoList && _current.Kind is not (TokenKind.Comma or TokenKind.UserVariable))
            _inIntoList = false;

        switch (_current.Kind)
        {
            case TokenKind.Open:
                WatchCall();
                _depth++;
                _ordered &= ~DepthBit;
                _selects &= ~DepthBit;
                _tableList &= ~DepthBit;
                break;
            case TokenKind.Close:
                _depth = Math.Max(0, _depth - 1);
                break;
            case TokenKind.Word or TokenKind.QuotedName:
                WatchName();
                if (_current.Keyword != Keyword.None)
                    WatchKeyword();
                break;
            case TokenKind.UserVariable when !IsHost():
                AddVariable(isAssigned: _inIntoList);
                break;
            case TokenKind.Assign when _previous.Kind == TokenKind.UserVariable:
                AssignLastVariable();
                _effects |= Effects.Session;
                break;
            case TokenKind.SystemVariable:
                _inScope = SystemVariables.IsScope(TextOf(_current)[2..]);
                if (!_inScope)
                    Read(SystemVariables.Find(TextOf(_current)[2..]));
                break;
            case TokenKind.Parameter:
                _parameters++;
                break;
            case TokenKind.DollarString:
                // Older servers read identifiers there; outside of a routine nobody means it.
                _effects |= Effects.Writes;
                _traits |= StatementTraits.ReturnsRows;
                _crossesSemicolons = true;
                break;
        }
    }

    private void WatchName()
    {
        if (_previous.Kind != TokenKind.Dot)
        {
            _beforeName = _previous;
            return;
        }

        if (_inScope && _beforePrevious.Kind == TokenKind.SystemVariable)
            Read(SystemVariables.Find(TextOf(_current)));
        else if (_syntax.IsMariaDb)
            WatchOracleSequence();
    }

    // s.NEXTVAL, s.CURRVAL of sql_mode ORACLE, quoted as well; anywhere else a column of that name only loses time.
    private void WatchOracleSequence()
    {
        var name = TextOf(_current).Trim("`\"");
        if (name.Equals("NEXTVAL", StringComparison.OrdinalIgnoreCase))
        {
            _effects |= Effects.Writes;
            _traits |= StatementTraits.Sequence | StatementTraits.ReadsData;
            if (_beforePrevious.IsName)
                AddTable(Unquote(TextOf(_beforePrevious)));
        }
        else if (name.Equals("CURRVAL", StringComparison.OrdinalIgnoreCase))
        {
            _effects |= Effects.Lead;
            _traits |= StatementTraits.Sequence | StatementTraits.ReadsData;
        }
    }

    private void WatchKeyword()
    {
        switch (_current.Keyword)
        {
            case Keyword.Update or Keyword.Share when _previous.Keyword == Keyword.For:
            case Keyword.In when _previous.Keyword == Keyword.Lock:
                _effects |= Effects.Locks;
                _traits |= StatementTraits.Locks;
                break;
            case Keyword.Locked when _previous.Keyword == Keyword.Skip:
                _traits |= StatementTraits.SkipLocked;
                break;
            case Keyword.For when _previous.Keyword == Keyword.Value && _beforePrevious.Keyword == Keyword.Next:
                _effects |= Effects.Writes;
                _traits |= StatementTraits.Sequence | StatementTraits.ReadsData;
                AddTable(NameAhead());
                break;
            case Keyword.For when _previous.Keyword == Keyword.Value && _beforePrevious.Keyword == Keyword.Previous:
                _effects |= Effects.Lead;
                _traits |= StatementTraits.Sequence | StatementTraits.ReadsData;
                break;
            case Keyword.By when _previous.Keyword == Keyword.Order:
                _ordered |= DepthBit;
                break;
            case Keyword.Limit or Keyword.Fetch:
                _traits |= StatementTraits.Limit;
                _tableList &= ~DepthBit;
                if ((_ordered & DepthBit) == 0)
                    _traits |= StatementTraits.LimitWithoutOrder;
                break;
            case Keyword.Key when _previous.Keyword == Keyword.Duplicate:
                _traits |= StatementTraits.OnDuplicateKeyUpdate;
                break;
            case Keyword.Returning when _depth == 0:
                _traits |= StatementTraits.ReturnsRows;
                break;
            case Keyword.Select:
                _selects |= DepthBit;
                _tableList &= ~DepthBit;
                _traits |= StatementTraits.Subquery;
                break;
            case Keyword.From:
                // Not the FROM of TRIM(x FROM y).
                _tableList |= _selects & DepthBit;
                _traits |= StatementTraits.ReadsData;
                break;
            case Keyword.On or Keyword.Using or Keyword.Where or Keyword.Group or Keyword.Having or Keyword.Order:
                _tableList &= ~DepthBit;
                break;
            case Keyword.SqlCalcFoundRows:
                _effects |= Effects.Lead;
                _traits |= StatementTraits.CalcFoundRows;
                break;
            case Keyword.CurrentDate or Keyword.CurrentTime or Keyword.CurrentTimestamp or Keyword.Localtime or Keyword.Localtimestamp
                or Keyword.UtcDate or Keyword.UtcTime or Keyword.UtcTimestamp:
                _traits |= StatementTraits.ReadsData;
                break;
            case Keyword.Sysdate:
                _traits |= StatementTraits.Sysdate | StatementTraits.ReadsData;
                break;
            case Keyword.CurrentUser or Keyword.CurrentRole:
                _traits |= StatementTraits.ServerIdentity | StatementTraits.ReadsData;
                break;
            case Keyword.Delete or Keyword.Update or Keyword.Call when _previous.Kind == TokenKind.Open:
            case Keyword.Into when !_intoNamesTable && _previous.Keyword is Keyword.Insert or Keyword.Replace:
                // No server takes a write within a query today; should one learn to, it is no read.
                _effects |= Effects.Writes;
                break;
        }
    }

    private void WatchInto()
    {
        switch (_current.Kind)
        {
            case TokenKind.UserVariable:
                _inIntoList = true;
                _effects |= Effects.Session;
                break;
            case TokenKind.Word when _current.Keyword is Keyword.Outfile or Keyword.Dumpfile:
                Refuse(Refusals.ServerFile);
                break;
            default:
                _effects |= Effects.Writes;
                break;
        }
    }

    private void WatchLastInsertIdArgument()
    {
        _inLastInsertId = false;
        var reads = _current.Kind == TokenKind.Close;
        _effects |= reads ? Effects.Lead : Effects.Session;
        _traits |= reads ? StatementTraits.ReadsLastInsertId | StatementTraits.ReadsData : StatementTraits.SetsLastInsertId;
    }

    // Called at an opening parenthesis: is what stands before it a call, and of what?
    private void WatchCall()
    {
        if (!_previous.IsName || _previous.End == _declaredNameEnd)
            return;

        var isPlain = _previous.Kind == TokenKind.Word && _beforePrevious.Kind != TokenKind.Dot;
        if (isPlain && BuiltInFunctions.TryFind(TextOf(_previous), _syntax, out var function)
            && (!function.MustBeGlued || _current.IsGlued || (_syntax.IgnoresSpace && IsWhiteSpace(_text[_previous.End.._current.Start]))))
        {
            WatchBuiltIn(function.Group);
            return;
        }

        if (IsNoPlaceForCall())
            return;
        _effects |= Effects.Writes;
        _traits |= StatementTraits.PotentialStoredFunction | StatementTraits.ReadsData;
    }

    // `… AS name (columns)` and `(SELECT …) name (columns)` declare a name, and no call follows an operand: `'$' COLUMNS (…)`. In the
    // place of a table only JSON_TABLE can be called, which a stored function of that name does not replace there. A column's definition
    // has indexes and types, and no server lets it call a stored function.
    private readonly bool IsNoPlaceForCall() =>
        _isDefinition
        || _beforeName.Keyword is Keyword.As or Keyword.With or Keyword.Recursive
        || _beforeName.Kind is TokenKind.Close or TokenKind.String or TokenKind.Number or TokenKind.Parameter or TokenKind.UserVariable
        || (_previous.Keyword == Keyword.JsonTable && (_tableList & DepthBit) != 0
            && (_beforeName.Keyword is Keyword.From or Keyword.Join or Keyword.StraightJoin || _beforeName.Kind == TokenKind.Comma));

    // Beyond 63 levels nothing is remembered, which is the careful answer to every question asked.
    private readonly ulong DepthBit => _depth < 64 ? 1UL << _depth : 0;

    private void WatchBuiltIn(BuiltInFunctionGroup group)
    {
        _effects |= group.Effects;
        _traits |= group.Traits;
        switch (group.Peculiarity)
        {
            case Peculiarity.ReadsOrSetsInsertId:
                _inLastInsertId = true;
                break;
            case Peculiarity.ReadsServerFile:
                Refuse(Refusals.ServerFile);
                break;
            case Peculiarity.NamesSequence:
                AddTable(NameAhead());
                break;
        }
    }

    private void Read(SystemVariable variable)
    {
        _effects |= variable.Effects;
        _traits |= variable.WhenRead;
    }

    private void AddVariable(bool isAssigned)
    {
        _traits |= StatementTraits.UsesUserVariables;
        _variables ??= new NameList(StringComparer.OrdinalIgnoreCase);
        _assigned ??= [];
        var index = _variables.Add(Unquote(TextOf(_current)[1..]));
        if (index == _assigned.Count)
            _assigned.Add(false);
        _lastVariable = index;
        if (isAssigned)
            AssignLastVariable();
    }

    private void AssignLastVariable()
    {
        _traits |= StatementTraits.AssignsUserVariables;
        _assigned![_lastVariable] = true;
    }

    // DEFINER = 'user'@'host'
    private readonly bool IsHost() =>
        _kind == StatementKind.Ddl && _current.IsGlued && (_previous.IsName || _previous.Kind == TokenKind.String);

    private static bool IsWhiteSpace(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(WhiteSpace) < 0;
}
