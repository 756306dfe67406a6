namespace MirroredMySql.Sql;

/// <summary>Names in SQL of our own.</summary>
internal static class Identifier
{
    /// <summary>The name in backticks, which every sql_mode reads as a name.</summary>
    public static string Quote(string name) => "`" + name.Replace("`", "``", StringComparison.Ordinal) + "`";

    /// <summary>A name as it stands in a text, without its quotes.</summary>
    public static string Unquote(ReadOnlySpan<char> name)
    {
        if (name.Length < 2 || name[0] is not ('`' or '"') || name[^1] != name[0])
            return name.ToString();
        var quote = name[..1].ToString();
        return name[1..^1].ToString().Replace(quote + quote, quote, StringComparison.Ordinal);
    }

    /// <summary>A string literal in single quotes, for sessions in any sql_mode: without a backslash in it, all read it alike.</summary>
    public static string Literal(string value, bool hasBackslashEscapes)
    {
        value = value.Replace("'", "''", StringComparison.Ordinal);
        return "'" + (hasBackslashEscapes ? value.Replace("\\", "\\\\", StringComparison.Ordinal) : value) + "'";
    }
}
