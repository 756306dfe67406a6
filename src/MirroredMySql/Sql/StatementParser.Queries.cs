namespace MirroredMySql.Sql;

/// <summary>WITH, EXPLAIN, ANALYZE and SHOW.</summary>
internal ref partial struct StatementParser
{
    // WITH [RECURSIVE] name [(columns)] AS (query) [, …], and then the verb that counts.
    private bool ReadWith()
    {
        Advance();
        Skip(Keyword.Recursive);
        do
        {
            if (ReadName() is null)
                return LoseTrack();
            Advance();
            if (_current.Kind == TokenKind.Open && !SkipParentheses())
                return LoseTrack();
            if (!Skip(Keyword.As) || _current.Kind != TokenKind.Open || !SkipParentheses())
                return LoseTrack();
        }
        while (SkipComma());

        var behind = VerbRules.Of(_current.Keyword).Clause;
        return _current.Kind == TokenKind.Open
            || behind is Clause.Query or Clause.With or Clause.Update or Clause.Delete or Clause.Insert
            || LoseTrack();
    }

    // From an opening parenthesis to behind the one that closes it.
    private bool SkipParentheses()
    {
        SkipToClose(_depth);
        if (_current.Kind != TokenKind.Close)
            return false;
        Advance();
        return true;
    }

    // What cannot be followed is a write.
    private bool LoseTrack()
    {
        Take(VerbRules.Of(Keyword.None));
        _isExplained = false;
        _crossesSemicolons = true;
        return false;
    }

    // DESC table, EXPLAIN options query: a read, unless ANALYZE stands among the options and the statement is carried out.
    private bool ReadExplain()
    {
        _isExplained = true;
        while (true)
        {
            Advance();
            if (IsAtEnd)
                return false;
            switch (_current.Keyword)
            {
                case Keyword.Analyze:
                    _isCarriedOut = true;
                    break;
                case Keyword.For when Peek().Keyword == Keyword.Connection || Peek().Kind == TokenKind.Number:
                    _effects |= Effects.Lead;
                    break;
                case Keyword.Select or Keyword.Table or Keyword.Values or Keyword.With
                    or Keyword.Insert or Keyword.Replace or Keyword.Update or Keyword.Delete:
                    return true;
                case Keyword.Set or Keyword.Call or Keyword.Execute or Keyword.Do:
                    // Nobody explains these yet.
                    return LoseTrack();
            }
        }
    }

    // ANALYZE TABLE is administration; MariaDB's ANALYZE statement carries it out and explains what happened.
    private bool ReadAnalyze()
    {
        if (Peek().Keyword is Keyword.Table or Keyword.Tables or Keyword.Local or Keyword.NoWriteToBinlog)
        {
            ReadMaintenance();
            return false;
        }

        _isCarriedOut = true;
        return ReadExplain() || LoseTrack();
    }

    private void ReadShow()
    {
        while (!IsAtEnd)
        {
            // SHOW WARNINGS, SHOW COUNT(*) ERRORS, SHOW PROFILE: what the session's last statements left behind.
            if (_current.Keyword is Keyword.Warnings or Keyword.Errors or Keyword.Profile or Keyword.Profiles
                && (_previous.Keyword == Keyword.Show || _previous.Kind == TokenKind.Close))
            {
                _effects |= Effects.Lead;
                _traits |= StatementTraits.ReadsDiagnostics;
            }

            Advance();
        }
    }
}
