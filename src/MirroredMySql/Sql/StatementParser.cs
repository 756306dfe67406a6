namespace MirroredMySql.Sql;

/// <summary>
/// Reads one statement: what its verb is, what it names, and everything on the way that makes more of it than a read. One pass, one
/// token of lookahead, no recursion. What every token can mean is in the Watch part, what a verb's clauses mean in the others.
/// </summary>
internal ref partial struct StatementParser
{
    private readonly string _whole;
    private readonly ReadOnlySpan<char> _text;
    private readonly SqlSyntax _syntax;
    private readonly int _begin;
    private readonly int _firstParameter;

    // Where we are.
    private Lexer _lexer;
    private Token _beforePrevious;
    private Token _previous;
    private Token _current;
    private Token _ahead;
    private bool _hasAhead;
    private int _depth;
    private long _charactersProbed;

    // What was found.
    private StatementKind _kind;
    private StatementVerb _verb;
    private StatementTraits _traits;
    private SchemaObject _object;
    private Effects _effects;
    private string? _reason;
    private string? _name;
    private string? _preparedText;
    private NameList? _tables;
    private NameList? _variables;
    private List<bool>? _assigned;
    private List<string>? _sessionVariables;
    private int _parameters;

    // The statement goes on behind semicolons: it is the body of a routine, or its end is not known.
    private bool _crossesSemicolons;
    private bool _isParenthesised;
    private bool _isExplained;

    // Explained, and executed to that end.
    private bool _isCarriedOut;
    private bool _isSetStatement;
    private bool _setsAutocommit;

    // Within the body of a routine nothing happens yet.
    private bool _isBody;

    // Within CREATE TABLE, before the query that fills the table.
    private bool _isDefinition;

    // Bit n: in the parentheses that are open at depth n an ORDER BY, a SELECT was seen; a list of tables is being read.
    private ulong _ordered;
    private ulong _selects;
    private ulong _tableList;

    // What stands before the name, qualified or not, that is being read.
    private Token _beforeName;

    // The end of a name that is declared here, so that the parenthesis behind it does not call it.
    private int _declaredNameEnd;

    // INTO names a table here (INSERT) and not where the result goes (SELECT).
    private bool _intoNamesTable;
    private bool _inIntoList;
    private bool _inLastInsertId;
    private bool _inScope;
    private int _lastVariable;

    public StatementParser(string text, int position, SqlSyntax syntax, int firstParameter)
    {
        while (position < text.Length && text[position] is ' ' or (>= '\t' and <= '\r'))
            position++;
        _whole = text;
        _text = text;
        _begin = position;
        _syntax = syntax;
        _firstParameter = firstParameter;
        _lexer = new Lexer(_text, position, syntax);
        SyntaxBehind = syntax;
    }

    /// <summary>Where the next statement begins.</summary>
    public readonly int Position => _current.End;

    /// <summary>The characters read, those that were looked at ahead twice.</summary>
    public readonly long CharactersRead => _lexer.CharactersRead + _charactersProbed;

    /// <summary>How the server reads what follows; null when this statement sets sql_mode to what only the server knows.</summary>
    public SqlSyntax? SyntaxBehind { get; private set; }

    private readonly bool IsAtEnd =>
        _current.Kind == TokenKind.End || (_current.Kind == TokenKind.Semicolon && !_crossesSemicolons && !_lexer.IsDoubtful);

    public Statement Parse()
    {
        Advance();
        if (IsAtEnd)
            _kind = StatementKind.Empty;
        else
            ReadStatement();
        while (!IsAtEnd)
            Advance();
        return Finish();
    }

    private void ReadStatement()
    {
        bool leadsOn;
        do
        {
            while (_current.Kind == TokenKind.Open)
            {
                _isParenthesised = true;
                Advance();
            }

            var rule = VerbRules.Of(_current.Keyword);
            if (_isParenthesised && rule.Clause is not (Clause.Query or Clause.With))
                rule = VerbRules.Of(Keyword.None);
            Take(rule);
            leadsOn = ReadClause(rule.Clause);
        }
        while (leadsOn);
    }

    private void Take(VerbRule rule)
    {
        _kind = rule.Kind;
        _verb = rule.Verb;
        _traits |= rule.Traits;
        _reason ??= rule.Reason;
    }

    // True when another verb follows: EXPLAIN, WITH and SET STATEMENT stand before statements.
    private bool ReadClause(Clause clause)
    {
        switch (clause)
        {
            case Clause.With:
                return ReadWith();
            case Clause.Explain:
                return ReadExplain();
            case Clause.Analyze:
                return ReadAnalyze();
            case Clause.Set:
                return ReadSet();
            case Clause.Show:
                ReadShow();
                break;
            case Clause.Insert:
                ReadInsert();
                break;
            case Clause.Update:
                ReadUpdate();
                break;
            case Clause.Delete:
                ReadDelete();
                break;
            case Clause.Load:
                ReadLoad();
                break;
            case Clause.NamedObject:
                Advance();
                _name = ReadName();
                break;
            case Clause.Prepare:
                ReadPrepare();
                break;
            case Clause.GetDiagnostics:
                ReadGetDiagnostics();
                break;
            case Clause.Begin:
                ReadBegin();
                break;
            case Clause.Start:
                ReadStart();
                break;
            case Clause.EndOfTransaction:
                ReadEndOfTransaction();
                break;
            case Clause.Savepoint:
                ReadSavepoint();
                break;
            case Clause.Lock:
                ReadLock();
                break;
            case Clause.Create:
                ReadCreate();
                break;
            case Clause.Alter:
                ReadAlter();
                break;
            case Clause.Drop:
                ReadDrop();
                break;
            case Clause.Rename:
                ReadRename();
                break;
            case Clause.Truncate:
                ReadTruncate();
                break;
            case Clause.Maintenance:
                ReadMaintenance();
                break;
            case Clause.RestOfText:
                _crossesSemicolons = true;
                break;
        }

        return false;
    }

    private void Advance()
    {
        if (IsAtEnd && _current.End > 0)
            return;
        _beforePrevious = _previous;
        _previous = _current;
        _current = _hasAhead ? _ahead : _lexer.Read();
        _hasAhead = false;
        Watch();
    }

    private Token Peek()
    {
        if (!_hasAhead)
        {
            _ahead = _lexer.Read();
            _hasAhead = true;
        }

        return _ahead;
    }

    private readonly bool Is(Keyword keyword) => _current.Keyword == keyword;

    private bool Skip(Keyword keyword)
    {
        if (_current.Keyword != keyword)
            return false;
        Advance();
        return true;
    }

    // Runs to the parenthesis that closes the one that opened this depth.
    private void SkipToClose(int depth)
    {
        while (!IsAtEnd && _depth >= depth)
            Advance();
    }

    private readonly ReadOnlySpan<char> TextOf(Token token) => _text[token.Start..token.End];

    private void Refuse(string reason) => _reason ??= reason;

    private Statement Finish()
    {
        DecideKind();
        return new Statement
        {
            Kind = _kind,
            Verb = _verb,
            Traits = _traits,
            Object = _object,
            Text = OwnText(),
            Syntax = _syntax,
            Tables = _tables is null || _isExplained && !_isCarriedOut ? [] : _tables.Names,
            UserVariables = _variables is null ? [] : Variables(_variables.Names),
            SessionVariables = _sessionVariables ?? (IReadOnlyList<string>)[],
            Name = _name,
            PreparedText = _preparedText,
            Reason = _kind == StatementKind.Refused ? _reason : null,
            FirstParameter = _firstParameter,
            ParameterCount = _parameters,
        };
    }

    // The one place where what was found becomes a route. Each step may only lead to a more careful kind.
    private void DecideKind()
    {
        if (_isExplained && !_isCarriedOut)
        {
            (_kind, _verb) = (StatementKind.Read, StatementVerb.Explain);
            _traits &= ~StatementTraits.ReturnsRows;
        }
        else if (_isCarriedOut)
        {
            _traits |= StatementTraits.ReturnsRows;
        }

        if (_kind is StatementKind.Ddl or StatementKind.Admin)
            _traits &= ~StatementTraits.PotentialStoredFunction;

        var isQuery = _kind is StatementKind.Read or StatementKind.LockingRead or StatementKind.LeadRead;
        if (isQuery)
            _traits &= ~StatementTraits.Subquery;
        if (_kind == StatementKind.LeadOnly && _effects.HasFlag(Effects.Writes))
            Refuse(Refusals.FunctionOnLead);
        if (_effects.HasFlag(Effects.Writes) && (isQuery || _kind == StatementKind.SessionState))
        {
            if (isQuery && _verb != StatementVerb.Do)
                _traits |= StatementTraits.ReturnsRows;
            _kind = StatementKind.Write;
        }
        else if (isQuery && _effects != Effects.None)
        {
            _kind = _effects.HasFlag(Effects.Session) ? StatementKind.SessionState
                : _effects.HasFlag(Effects.Locks) ? StatementKind.LockingRead
                : StatementKind.LeadRead;
        }

        if (_lexer.IsUnterminated || _lexer.IsDoubtful)
        {
            _traits |= StatementTraits.ReturnsRows
                | (_lexer.IsUnterminated ? StatementTraits.Unterminated : 0)
                | (_lexer.IsDoubtful ? StatementTraits.VersionDependent : 0);
            if (_lexer.IsUnterminated || _kind != StatementKind.Ddl)
                _kind = StatementKind.Write;
        }

        if (_reason is not null)
            _kind = StatementKind.Refused;
    }

    // Without the line comments at its end, which would swallow what the caller appends. In an open quote white space is content.
    private readonly string OwnText()
    {
        var end = Math.Max(_begin, _lexer.SolidEndBefore);
        while (!_lexer.IsUnterminated && end > _begin && _text[end - 1] is ' ' or (>= '\t' and <= '\r'))
            end--;

        // `1--# x` is an error; without what stands behind it, it would become a comment.
        if (end > _begin + 1 && _text[end - 1] == '-' && _text[end - 2] == '-')
            end = _current.End;
        return _begin == 0 && end == _text.Length ? _whole : _whole[_begin..end];
    }

    private readonly UserVariable[] Variables(List<string> names)
    {
        var variables = new UserVariable[names.Count];
        for (var i = 0; i < variables.Length; i++)
            variables[i] = new UserVariable(names[i], _assigned![i]);
        return variables;
    }
}
