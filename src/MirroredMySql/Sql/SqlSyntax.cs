namespace MirroredMySql.Sql;

/// <summary>
/// How the session's servers read SQL text: their family and the parts of sql_mode that change where a token ends. The bits above the
/// flags hold the versions of the older and the newer node (<see cref="SqlSyntaxes.WithVersions"/>), so that one value is the cache key.
/// </summary>
[Flags]
internal enum SqlSyntax : long
{
    /// <summary>MySQL with the default sql_mode.</summary>
    None = 0,

    /// <summary><c>"x"</c> is an identifier.</summary>
    AnsiQuotes = 1,

    /// <summary>A backslash in a string is a backslash.</summary>
    NoBackslashEscapes = 2,

    /// <summary>The servers are MariaDB: other executable comments run, other functions are built in.</summary>
    MariaDb = 4,

    /// <summary><c>COUNT (*)</c> with a space still calls the built-in function, never a stored one.</summary>
    IgnoreSpace = 8,
}

internal static class SqlSyntaxes
{
    private const int OldestShift = 8;
    private const int NewestShift = 28;
    private const long VersionMask = 0xFFFFF;

    // The oldest servers that this library is tested with; assumed until the versions are known.
    private const int OldestMySql = 80011;
    private const int OldestMariaDb = 100600;

    // sql_mode names that change the lexer, the combination modes included (MariaDB still has all of these).
    private static readonly Dictionary<string, SqlSyntax> Modes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ANSI_QUOTES"] = SqlSyntax.AnsiQuotes,
        ["NO_BACKSLASH_ESCAPES"] = SqlSyntax.NoBackslashEscapes,
        ["IGNORE_SPACE"] = SqlSyntax.IgnoreSpace,
        ["ANSI"] = SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace,
        ["DB2"] = SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace,
        ["MAXDB"] = SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace,
        ["MSSQL"] = SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace,
        ["ORACLE"] = SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace,
        ["POSTGRESQL"] = SqlSyntax.AnsiQuotes | SqlSyntax.IgnoreSpace,
    };

    private static readonly Dictionary<string, SqlSyntax>.AlternateLookup<ReadOnlySpan<char>> ModesBySpan =
        Modes.GetAlternateLookup<ReadOnlySpan<char>>();

    extension(SqlSyntax syntax)
    {
        public bool IsMariaDb => (syntax & SqlSyntax.MariaDb) != 0;

        public bool HasAnsiQuotes => (syntax & SqlSyntax.AnsiQuotes) != 0;

        public bool HasBackslashEscapes => (syntax & SqlSyntax.NoBackslashEscapes) == 0;

        public bool IgnoresSpace => (syntax & SqlSyntax.IgnoreSpace) != 0;

        /// <summary>The version of the older node as the servers number them: 80036, 101119.</summary>
        public int OldestVersion => VersionAt(syntax, OldestShift, syntax.IsMariaDb ? OldestMariaDb : OldestMySql);

        /// <summary>The version of the newer node; <see cref="int.MaxValue"/> while unknown.</summary>
        public int NewestVersion => VersionAt(syntax, NewestShift, int.MaxValue);

        /// <summary>Adds the versions of both nodes, in any order, as major × 10000 + minor × 100 + patch.</summary>
        public SqlSyntax WithVersions(int one, int other) =>
            (SqlSyntax)(((long)syntax & 0xFF)
                | ((Math.Min(one, other) & VersionMask) << OldestShift)
                | ((Math.Max(one, other) & VersionMask) << NewestShift));

        /// <summary>The same servers under another value of <c>@@sql_mode</c>.</summary>
        public SqlSyntax WithSqlMode(ReadOnlySpan<char> sqlMode)
        {
            var result = syntax & ~(SqlSyntax.AnsiQuotes | SqlSyntax.NoBackslashEscapes | SqlSyntax.IgnoreSpace);
            foreach (var part in sqlMode.Split(','))
            {
                if (ModesBySpan.TryGetValue(sqlMode[part].Trim(), out var mode))
                    result |= mode;
            }

            return result;
        }
    }

    private static int VersionAt(SqlSyntax syntax, int shift, int whenUnknown)
    {
        var version = (int)(((long)syntax >> shift) & VersionMask);
        return version == 0 ? whenUnknown : version;
    }
}
