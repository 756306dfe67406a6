using System.Text;

namespace MirroredMySql.SqlFuzz;

/// <summary>A generated text, still in tokens, and what the generator knows of it because it made it.</summary>
/// <param name="Tokens">Any white space and any comment may stand between two of them.</param>
/// <param name="IsPlainRead">Nothing but reads that every node may answer.</param>
internal sealed record SqlSample(IReadOnlyList<string> Tokens, bool IsPlainRead)
{
    private static readonly string[] WhiteSpace = [" ", "  ", "\t", "\n", "\r\n", "\v", "\f", " \n "];

    private static readonly string[] Comments =
    [
        "/**/", "/* a */", "/* it's */", "/* ; */", "/* writer(1) */", "/* -- */", "/*/ */", "/* /* */", "/*! */", "/*!50000 */",
        "-- a\n", "--\n", "-- '\n", "-- */ writer(1)\n", "#\n", "# ; DELETE FROM t1\n", "#`\n", "/* @u1 := 1 \n */",
    ];

    /// <summary>The tokens with one blank between.</summary>
    public string Text => string.Join(' ', Tokens);

    /// <summary>The same statements to any server: other white space, comments between the tokens, keywords in other cases.</summary>
    public string Disguise(Random random)
    {
        var text = new StringBuilder();
        foreach (var token in Tokens)
        {
            if (text.Length > 0)
            {
                text.Append(WhiteSpace[random.Next(WhiteSpace.Length)]);

                // Before a parenthesis IGNORE_SPACE ignores white space and not comments.
                if (token != "(" && random.Next(4) == 0)
                    text.Append(Comments[random.Next(Comments.Length)]).Append(' ');
            }

            text.Append(IsWord(token) ? ChangeCase(token, random.Next(4)) : token);
        }

        return text.ToString();
    }

    public override string ToString() => Text;

    private static bool IsWord(string token) => token.All(c => char.IsAsciiLetter(c) || c is '_' or '(');

    private static string ChangeCase(string word, int how) => how switch
    {
        0 => word.ToUpperInvariant(),
        1 => word.ToLowerInvariant(),
        2 => string.Concat(word.Select((c, i) => i % 2 == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c))),
        _ => word,
    };
}
