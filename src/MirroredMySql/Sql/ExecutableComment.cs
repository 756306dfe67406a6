namespace MirroredMySql.Sql;

/// <summary>
/// Decides whether the servers run the content of <c>/*! … */</c>, <c>/*!80013 … */</c> or <c>/*M!100100 … */</c>. Measured on MariaDB
/// 10.11 and MySQL 9.7, the details from sql/sql_lex.cc of both.
/// </summary>
internal static class ExecutableComment
{
    // MariaDB leaves comments for MySQL 5.7 and later to MySQL.
    private const int FirstNotForMariaDb = 50700;
    private const int LastNotForMariaDb = 99999;

    // From here on MySQL surely reads six digits as one version; before, it took five of them and ran the sixth.
    private const int SixDigitsSurely = 80400;

    internal enum Verdict
    {
        /// <summary>An ordinary comment or a hint.</summary>
        Ordinary,
        Runs,
        Skipped,

        /// <summary>It runs on some of the servers that it may be sent to.</summary>
        Depends,
    }

    /// <param name="comment">The text from <c>/*</c> on.</param>
    /// <param name="syntax">The servers.</param>
    /// <param name="prefix">The length of what stands before the content.</param>
    public static Verdict Judge(ReadOnlySpan<char> comment, SqlSyntax syntax, out int prefix)
    {
        var forMariaDb = comment.StartsWith("/*M!", StringComparison.Ordinal);
        prefix = forMariaDb ? 4 : 3;
        if (forMariaDb ? !syntax.IsMariaDb : comment.Length < 3 || comment[2] != '!')
            return Verdict.Ordinary;

        var digits = 0;
        while (digits < 6 && prefix + digits < comment.Length && char.IsAsciiDigit(comment[prefix + digits]))
            digits++;
        if (digits < 5)
            return Verdict.Runs;

        // MySQL wants white space behind six digits; without it the sixth is content.
        if (digits == 6 && !syntax.IsMariaDb && !(prefix + 6 < comment.Length && comment[prefix + 6] is ' ' or (>= '\t' and <= '\r')))
            digits = 5;
        var version = int.Parse(comment.Slice(prefix, digits), provider: null);
        prefix += digits;

        if (syntax.IsMariaDb && !forMariaDb && version is >= FirstNotForMariaDb and <= LastNotForMariaDb)
            return Verdict.Skipped;
        if (version <= syntax.OldestVersion)
            return Verdict.Runs;
        if (version <= syntax.NewestVersion)
            return Verdict.Depends;
        return digits == 5 || syntax.IsMariaDb || syntax.OldestVersion >= SixDigitsSurely ? Verdict.Skipped : Verdict.Depends;
    }
}
