namespace MirroredMySql.SqlFuzz;

/// <summary>Damages texts: at the seams between tokens, in the middle of them, with the worst of what others have written.</summary>
internal sealed class SqlMutator(Random random)
{
    private static readonly string[] Splinters =
    [
        "'", "\"", "`", "\\", "\\'", "''", "\0", "\uFEFF", "\u00A0", "\u3000", "\uFF07", "\uFF1B", "\uD800", "\uDC00", "\u2028", "\u0085", "\x7F",
        "\x1A", ";", "(", ")", "#", "--", "-- ", "--\t", "--\0", "/*", "*/", "/*!", "/*!50000 ", "/*!50000", "/*!80000 ", "/*!050000 ",
        "/*!99999 ", "/*!999999 ", "/*M!", "/*M!100100 ", "/*+ ", "/**/", "/*/", "@", "@@", ":=", "=", ".", ",", "$$", "$a$", "?", "{", "}", "\n",
        "\r", " ", "N'", "x'", "0x", "1e", "_utf8'", " FOR UPDATE ", " INTO @u1 ", " writer(1) ", " (@u1 := 1) ", " LAST_INSERT_ID(1) ",
        " GET_LOCK('fuzz',0) ", " UNION SELECT ", " AS ", " FROM ", " SELECT ", " INTO ", " FOR ", " DELETE FROM t1 ", "; DELETE FROM t1 ",
        " SET ", " JSON_TABLE(", " COUNT (", " COUNT(", " EXPLAIN ", " ANALYZE ", " WITH ", " VALUES ", " TABLE ", " IN ", " VALUE ", " NEXT ",
        " NEXTVAL(sq1) ", ".NEXTVAL ", " SQL_CALC_FOUND_ROWS ", " OUTFILE ", " LOCK ", " SHARE ", " MODE ", " END ", " OVER ", " WHERE ", "*",
    ];

    /// <summary>One to three damages to the tokens or to the characters.</summary>
    /// <param name="tokens">What is damaged.</param>
    /// <param name="others">What pieces may come from.</param>
    public string Mutate(IReadOnlyList<string> tokens, IReadOnlyList<string> others)
    {
        var parts = tokens.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
            MutateTokens(parts, others);
        var text = string.Join(random.Next(6) == 0 ? "" : " ", parts);
        return random.Next(3) == 0 ? MutateCharacters(text) : text;
    }

    private void MutateTokens(List<string> parts, IReadOnlyList<string> others)
    {
        if (parts.Count == 0)
            return;
        var at = random.Next(parts.Count);
        var other = random.Next(parts.Count);
        switch (random.Next(8))
        {
            case 0:
                parts.RemoveAt(at);
                break;
            case 1:
                parts.Insert(at, parts[other]);
                break;
            case 2:
                (parts[at], parts[other]) = (parts[other], parts[at]);
                break;
            case 3:
                // What stood alone is now part of another text's beginning or end.
                parts.InsertRange(at, others.Skip(random.Next(others.Count)).Take(8).ToList());
                break;
            case 4:
                parts[at] = others[random.Next(others.Count)];
                break;
            case 5:
                Enclose(parts, Math.Min(at, other), Math.Max(at, other));
                break;
            default:
                parts.Insert(at, Splinters[random.Next(Splinters.Length)]);
                break;
        }
    }

    private void Enclose(List<string> parts, int from, int to)
    {
        var (open, close) = random.Next(7) switch
        {
            0 => ("/*", "*/"),
            1 => ("/*!", "*/"),
            2 => ("/*!50000 ", "*/"),
            3 => ("/*!999999 ", "*/"),
            4 => ("/*M!100100 ", "*/"),
            5 => ("(", ")"),
            _ => ("--", "\n"),
        };
        parts.Insert(to + 1, close);
        parts.Insert(from, open);
    }

    private string MutateCharacters(string text)
    {
        if (text.Length == 0)
            return text;
        var at = random.Next(text.Length);
        return random.Next(4) switch
        {
            0 => text[..at],
            1 => text.Remove(at, 1),
            2 => text[at..],
            _ => text.Insert(at, Splinters[random.Next(Splinters.Length)]),
        };
    }
}
