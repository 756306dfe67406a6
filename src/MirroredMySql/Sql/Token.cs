namespace MirroredMySql.Sql;

internal enum TokenKind : byte
{
    /// <summary>The text is over.</summary>
    End,
    Semicolon,
    Open,
    Close,
    Comma,
    Dot,
    EqualSign,

    /// <summary><c>:=</c></summary>
    Assign,

    /// <summary>Any other operator or stray character.</summary>
    Symbol,

    /// <summary>A keyword or an unquoted identifier.</summary>
    Word,

    /// <summary><c>`x`</c>, and <c>"x"</c> under ANSI_QUOTES.</summary>
    QuotedName,
    String,

    /// <summary><c>$$…$$</c>, the body of a routine in another language (MySQL 9).</summary>
    DollarString,
    Number,

    /// <summary><c>@x</c>, <c>@'x'</c>: a user variable, or a named parameter of the caller.</summary>
    UserVariable,

    /// <summary><c>@@x</c>; a scope and a dot may stand before the name and are then tokens of their own.</summary>
    SystemVariable,

    /// <summary>A lone <c>?</c>.</summary>
    Parameter,
}

/// <param name="Kind">What it is.</param>
/// <param name="Keyword">The keyword that a word is, unless it stands behind a dot.</param>
/// <param name="Start">The offset of its first character.</param>
/// <param name="End">The offset behind its last character.</param>
/// <param name="IsGlued">Neither white space nor a comment stands before it.</param>
internal readonly record struct Token(TokenKind Kind, Keyword Keyword, int Start, int End, bool IsGlued)
{
    public bool IsName => Kind is TokenKind.Word or TokenKind.QuotedName;
}
