namespace MirroredMySql.Sql;

/// <summary>Where a routine ends: its semicolons are its own.</summary>
internal ref partial struct StatementParser
{
    /// <summary>
    /// Reads to the end of a body. A body in BEGIN … END ends where its blocks are closed, a single statement at the first semicolon;
    /// with anything else (a loop without a block, a body of sql_mode ORACLE) the rest of the text belongs to it.
    /// </summary>
    /// <param name="openBlocks">How many BEGIN have been read already.</param>
    /// <param name="isEvent">An event has a DO before its body.</param>
    private void ReadBody(int openBlocks, bool isEvent)
    {
        _isBody = openBlocks == 0;
        _crossesSemicolons = true;
        var blocks = openBlocks;
        var endIsKnown = true;
        while (_current.Kind != TokenKind.End)
        {
            Advance();
            if (_current.Kind == TokenKind.Semicolon && blocks == 0 && endIsKnown)
            {
                _crossesSemicolons = false;
                return;
            }

            switch (_current.Keyword)
            {
                case Keyword.Begin:
                    blocks++;
                    break;
                case Keyword.End when IsEndOfBlock():
                    blocks = Math.Max(0, blocks - 1);
                    break;
                case Keyword.Soname:
                    Refuse(Refusals.Plugin);
                    break;
                case Keyword.Do when isEvent:
                    isEvent = false;
                    break;
                case Keyword.Then or Keyword.Do or Keyword.Loop or Keyword.Until or Keyword.Is when blocks == 0:
                case Keyword.Repeat when blocks == 0 && Peek().Kind != TokenKind.Open:
                case Keyword.As when blocks == 0 && !IsBehindAs():
                    endIsKnown = false;
                    break;
            }
        }
    }

    // What AS may stand before without more declarations between: the text of a routine in another language, or its block.
    private bool IsBehindAs() => Peek().Kind is TokenKind.DollarString or TokenKind.String || Peek().Keyword == Keyword.Begin;

    // END IF, END LOOP … close what was not counted, the END of a CASE expression follows no semicolon, and `end` may be a column.
    private bool IsEndOfBlock() =>
        (_previous.Kind == TokenKind.Semicolon || _previous.Keyword == Keyword.Begin)
        && Peek().Keyword is not (Keyword.If or Keyword.Loop or Keyword.While or Keyword.Repeat or Keyword.For or Keyword.Case);
}
