namespace MirroredMySql.Sql;

/// <summary>Tells the @variables that a SET reads from those that it only sets.</summary>
internal static class SetTargets
{
    /// <summary>
    /// Names of the @variables that a statement mentions anywhere but to the left of an assignment of SET. The names may come twice, and
    /// may be the caller's parameters.
    /// </summary>
    public static IEnumerable<string> Read(Statement statement)
    {
        if (!statement.Traits.HasFlag(StatementTraits.UsesUserVariables))
            return [];
        var names = new List<string>();
        var lexer = new Lexer(statement.Text, 0, statement.Syntax);
        var depth = 0;
        var isTarget = false;
        for (var token = lexer.Read(); token.Kind != TokenKind.End; token = lexer.Read())
        {
            if (token.Kind == TokenKind.UserVariable && !isTarget)
                names.Add(Identifier.Unquote(statement.Text.AsSpan(token.Start + 1, token.End - token.Start - 1).ToString()));
            depth += token.Kind == TokenKind.Open ? 1 : token.Kind == TokenKind.Close ? -1 : 0;
            isTarget = statement.Verb == StatementVerb.Set && depth == 0 && (token.Kind == TokenKind.Comma || token.Keyword == Keyword.Set);
        }

        return names;
    }
}
