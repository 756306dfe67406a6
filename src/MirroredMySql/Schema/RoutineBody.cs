using MirroredMySql.Sql;

namespace MirroredMySql.Schema;

/// <summary>
/// Cuts the body of a routine into its statements. It does not follow its flow: everything that stands there may run, and what stands
/// in a loop may run often.
/// </summary>
internal static class RoutineBody
{
    public static RoutineFacts Read(string text, SqlSyntax syntax)
    {
        var writes = new List<RoutineWrite>();
        var procedures = new List<string>();
        var functions = new List<string>();
        var traits = StatementTraits.None;
        var readsTables = false;
        var runsUnknownText = false;
        var loops = 0;
        var expressions = 0; // CASE … END that are no statements

        var lexer = new Lexer(text, 0, syntax);
        var start = 0; // of the present piece
        var isPieceOpen = false;
        var depth = 0;
        var previous = default(Token);
        while (true)
        {
            var token = lexer.Read();
            if (!isPieceOpen)
                token = SkipPrefix(text, ref lexer, token, previous);
            if (token.Kind == TokenKind.End)
                break;
            if (!isPieceOpen && token.Kind != TokenKind.Semicolon)
                (start, isPieceOpen) = (token.Start, true);
            depth += token.Kind == TokenKind.Open ? 1 : token.Kind == TokenKind.Close ? -1 : 0;

            switch (token.Keyword)
            {
                case Keyword.Loop or Keyword.While or Keyword.Repeat when previous.Keyword != Keyword.End && !IsCall(lexer):
                case Keyword.For when start == token.Start:
                    loops++;
                    break;
                case Keyword.Loop or Keyword.While or Keyword.Repeat or Keyword.For when previous.Keyword == Keyword.End:
                    loops--;
                    break;
                case Keyword.Case when start != token.Start && previous.Keyword != Keyword.End:
                    expressions++;
                    break;
                case Keyword.End when expressions > 0:
                    expressions--;
                    break;
            }

            // What stands before THEN, DO … is a condition; behind it a statement begins. END closes.
            var cuts = token.Kind == TokenKind.Semicolon
                || (depth == 0 && expressions == 0 && (token.Keyword is Keyword.Begin or Keyword.Then or Keyword.Else or Keyword.Loop or Keyword.Repeat
                    || (token.Keyword == Keyword.Do && start != token.Start)
                    || (token.Keyword == Keyword.For && previous.Keyword == Keyword.Handler)
                    || IsNamed(text, token, "DO") && start != token.Start));
            if (cuts)
            {
                var end = token.Kind == TokenKind.Semicolon ? token.Start : token.End;
                Take(text[start..Math.Max(start, end)]);
                isPieceOpen = false;
                expressions = 0;
            }

            previous = token;
        }

        if (isPieceOpen)
            Take(text[start..]);
        return new RoutineFacts
        {
            Writes = writes,
            Traits = traits,
            Procedures = procedures,
            Functions = functions,
            ReadsTables = readsTables,
            RunsUnknownText = runsUnknownText || lexer.IsDoubtful || lexer.IsUnterminated,
        };

        void Take(string piece)
        {
            foreach (var statement in SqlScript.Parse(piece, syntax).Statements)
            {
                traits |= statement.Traits;
                functions.AddRange(Occurrences.StoredCalls(statement));
                readsTables |= statement.Traits.HasFlag(StatementTraits.Subquery) || statement.Traits.HasFlag(StatementTraits.InsertSelect)
                    || ReadsTable(statement);
                switch (statement.Kind)
                {
                    case StatementKind.Write when statement.Verb is StatementVerb.Call:
                        procedures.Add(statement.Name ?? "");
                        break;
                    case StatementKind.Write when statement.Verb is StatementVerb.Execute or StatementVerb.ExecuteImmediate:
                        runsUnknownText = true;
                        break;
                    case StatementKind.Write when statement.Tables.Count > 0:
                        writes.Add(new RoutineWrite(statement, loops > 0));
                        break;
                }
            }
        }
    }

    // What may stand before a statement: a label, NOT ATOMIC behind BEGIN, the conditions of a handler.
    private static Token SkipPrefix(string text, ref Lexer lexer, Token token, Token previous)
    {
        if (previous.Keyword == Keyword.Begin && token.Keyword == Keyword.Not)
        {
            lexer.Read();
            token = lexer.Read();
        }

        if (previous.Keyword == Keyword.For)
            token = SkipConditions(text, ref lexer, token);
        var ahead = lexer;
        if (!token.IsName || ahead.Read() is not { Kind: TokenKind.Symbol } colon || text[colon.Start] != ':')
            return token;
        lexer = ahead;
        return lexer.Read();
    }

    private static Token SkipConditions(string text, ref Lexer lexer, Token token)
    {
        while (true)
        {
            var isState = IsNamed(text, token, "SQLSTATE");
            if (token.Keyword == Keyword.Not || isState)
                token = lexer.Read();
            if (isState && token.Keyword == Keyword.Value)
                lexer.Read();
            token = lexer.Read();
            if (token.Kind != TokenKind.Comma)
                return token;
            token = lexer.Read();
        }
    }

    private static bool ReadsTable(Statement statement) =>
        (statement.Verb == StatementVerb.Select || statement.Kind is StatementKind.Read or StatementKind.SessionState or StatementKind.LeadRead)
        && statement.Traits.HasFlag(StatementTraits.ReadsData) && statement.Text.Contains("FROM", StringComparison.OrdinalIgnoreCase);

    private static bool IsCall(Lexer lexer) => lexer.Read().Kind == TokenKind.Open;

    private static bool IsNamed(string text, Token token, string word) =>
        token.Kind == TokenKind.Word && text.AsSpan(token.Start, token.End - token.Start).Equals(word, StringComparison.OrdinalIgnoreCase);
}
