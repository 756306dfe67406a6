namespace MirroredMySql.Sql;

/// <summary>A call or a variable whose value each node would find for itself, and where it stands in the statement's own text.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">Behind its last character.</param>
/// <param name="Trait">What makes it differ.</param>
/// <param name="IsOnce">Whether it is evaluated once: in a row of VALUES, in SET of an INSERT, as an argument of a CALL.</param>
/// <param name="IsClosed">Whether its text means the same outside of the statement: no column, variable or parameter is in it.</param>
internal readonly record struct Occurrence(int Start, int End, StatementTraits Trait, bool IsOnce, bool IsClosed);

/// <summary>
/// A second look at a statement that is known to contain hazards: where they stand. Separate from the parser, because few statements
/// need it.
/// </summary>
internal static class Occurrences
{
    /// <summary>What gives every row the same value, wherever it stands.</summary>
    public const StatementTraits ConstantWithinStatement = StatementTraits.ServerIdentity | StatementTraits.ReadsDiagnostics;

    public const StatementTraits Any = ConstantWithinStatement | StatementTraits.NonDeterministic | StatementTraits.Sysdate
        | StatementTraits.UserLock | StatementTraits.Sequence;

    public static List<Occurrence> In(Statement statement)
    {
        var found = new List<Occurrence>();
        var text = statement.Text.AsSpan();
        var lexer = new Lexer(text, 0, statement.Syntax);
        var place = new Place(statement.Verb);
        Token before = default, previous = default;
        var token = lexer.Read();
        while (token.Kind != TokenKind.End)
        {
            var trait = StatementTraits.None;
            var start = token.Start;
            switch (token.Kind)
            {
                case TokenKind.SystemVariable when !SystemVariables.IsScope(text[(start + 2)..token.End]):
                    trait = SystemVariables.Find(text[(start + 2)..token.End]).WhenRead & Any;
                    break;
                case TokenKind.Word or TokenKind.QuotedName when previous.Kind == TokenKind.Dot && before.Kind == TokenKind.SystemVariable:
                    trait = SystemVariables.Find(text[token.Start..token.End]).WhenRead & Any;
                    start = before.Start;
                    break;
                case TokenKind.Word when previous.Kind != TokenKind.Dot && !place.IsName:
                    trait = OfWord(lexer, text[token.Start..token.End], token, previous, before, statement.Syntax);
                    if (token.Keyword == Keyword.For && trait == StatementTraits.Sequence)
                        start = before.Start;
                    break;
            }

            place.Pass(token, previous);
            if (trait == StatementTraits.None)
            {
                (before, previous, token) = (previous, token, lexer.Read());
                continue;
            }

            var (end, isClosed) = token.Keyword == Keyword.For ? ReadName(ref lexer) : ReadArguments(ref lexer, token);
            found.Add(new Occurrence(start, end, trait, place.IsOnce, isClosed));
            (before, previous, token) = (default, default, lexer.Read());
        }

        return place.ReadsRows ? found.ConvertAll(o => o with { IsOnce = false }) : found;
    }

    /// <summary>The names of stored functions that a statement may call, as written and qualified if they were.</summary>
    public static List<string> StoredCalls(Statement statement)
    {
        var names = new List<string>();
        if (!statement.Traits.HasFlag(StatementTraits.PotentialStoredFunction))
            return names;
        var text = statement.Text.AsSpan();
        var lexer = new Lexer(text, 0, statement.Syntax);
        Token qualifier = default, dot = default, name = default;
        for (var token = lexer.Read(); token.Kind != TokenKind.End; token = lexer.Read())
        {
            if (token.Kind == TokenKind.Open && name.IsName)
            {
                var isQualified = dot.Kind == TokenKind.Dot && qualifier.IsName;
                var plain = Identifier.Unquote(text[name.Start..name.End]);
                if (isQualified)
                    names.Add(Identifier.Unquote(text[qualifier.Start..qualifier.End]) + "." + plain);
                else if (name.Kind == TokenKind.QuotedName || !BuiltInFunctions.TryFind(plain, statement.Syntax, out var known) || known.MustBeGlued)
                    names.Add(plain);
            }

            (qualifier, dot, name) = (dot, name, token);
        }

        return names;
    }

    private static StatementTraits OfWord(
        Lexer lexer, ReadOnlySpan<char> word, Token token, Token previous, Token before, SqlSyntax syntax)
    {
        switch (token.Keyword)
        {
            case Keyword.Sysdate:
                return StatementTraits.Sysdate;
            case Keyword.CurrentUser or Keyword.CurrentRole:
                return StatementTraits.ServerIdentity;
            case Keyword.For when previous.Keyword == Keyword.Value && before.Keyword is Keyword.Next or Keyword.Previous:
                return StatementTraits.Sequence;
        }

        // Lexer is a struct: this one is a copy, and the caller's stays where it is.
        return BuiltInFunctions.TryFind(word, syntax, out var function) && lexer.Read().Kind == TokenKind.Open
            ? function.Group.Traits & Any
            : StatementTraits.None;
    }

    // From behind the name to behind its closing parenthesis, if it has one.
    private static (int End, bool IsClosed) ReadArguments(ref Lexer lexer, Token name)
    {
        var ahead = lexer;
        if (name.Kind == TokenKind.SystemVariable || ahead.Read().Kind != TokenKind.Open)
            return (name.End, true);
        lexer.Read();
        var depth = 1;
        var isClosed = true;
        while (true)
        {
            var token = lexer.Read();
            depth += token.Kind == TokenKind.Open ? 1 : token.Kind is TokenKind.Close or TokenKind.End ? -1 : 0;
            if (depth == 0 || token.Kind == TokenKind.End)
                return (token.End, isClosed && token.Kind == TokenKind.Close);
            // The name of a sequence is the one word that stays what it is.
            isClosed &= token.Kind is TokenKind.Number or TokenKind.String or TokenKind.Comma or TokenKind.Dot or TokenKind.QuotedName
                || (token.Kind == TokenKind.Word && token.Keyword == Keyword.None);
        }
    }

    private static (int End, bool IsClosed) ReadName(ref Lexer lexer)
    {
        var end = lexer.Read().End;
        var ahead = lexer;
        while (ahead.Read().Kind == TokenKind.Dot)
        {
            lexer.Read();
            end = lexer.Read().End;
            ahead = lexer;
        }

        return (end, true);
    }

    /// <summary>Whether the present place of a statement is evaluated once.</summary>
    private struct Place(StatementVerb verb)
    {
        private readonly bool _inserts = verb is StatementVerb.Insert or StatementVerb.Replace;
        private readonly bool _calls = verb == StatementVerb.Call;
        private readonly bool _selects = verb is StatementVerb.Select or StatementVerb.Do;
        private bool _inHead = verb is StatementVerb.Insert or StatementVerb.Replace;
        private bool _inRows;
        private bool _sawFrom;
        private int _depth;
        private int _query = int.MaxValue; // the depth of the query that we are in

        public readonly bool IsOnce => _query > _depth
            && ((_inserts && _inRows) || (_calls && _depth > 0) || _selects);

        /// <summary>Whether a parenthesis behind a word makes no call of it: a table's name, a procedure's name.</summary>
        public readonly bool IsName => _inHead || (_calls && _depth == 0);

        /// <summary>Whether the whole is a query that gives a row for each of a table's, which is only known at its end.</summary>
        public readonly bool ReadsRows => _selects && _sawFrom;

        public void Pass(Token token, Token previous)
        {
            switch (token.Kind)
            {
                case TokenKind.Open:
                    _depth++;
                    break;
                case TokenKind.Close:
                    _depth--;
                    if (_depth < _query)
                        _query = int.MaxValue;
                    break;
                case TokenKind.Word when token.Keyword is Keyword.Values or Keyword.Value or Keyword.Set && _depth == 0:
                    _inRows = true;
                    _inHead = false;
                    break;
                case TokenKind.Word when token.Keyword is Keyword.Select or Keyword.Table or Keyword.With && !_selects:
                    _query = Math.Min(_query, _depth);
                    _inHead = false;
                    break;
                case TokenKind.Word when token.Keyword == Keyword.Select && previous.Kind == TokenKind.Open:
                    _query = Math.Min(_query, _depth);
                    break;
                case TokenKind.Word when token.Keyword is Keyword.On or Keyword.Returning && _depth == 0:
                    _inRows = false;
                    break;
                case TokenKind.Word when token.Keyword == Keyword.From && _depth == 0:
                    _sawFrom = true;
                    break;
                case TokenKind.Word when token.Keyword == Keyword.Dual && previous.Keyword == Keyword.From && _depth == 0:
                    _sawFrom = false;
                    break;
            }
        }
    }
}
