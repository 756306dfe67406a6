using System.Globalization;
using System.Text;

namespace MirroredMySql.Tool.Comparison;

/// <summary>A row of a table as bytes; <see langword="null"/> is NULL.</summary>
internal sealed class Row(TableShape table, byte[]?[] values)
{
    private const int MaxShownLength = 60;

    /// <summary>Equal for rows that stand for the same thing on both nodes.</summary>
    public string Identity()
    {
        var text = new StringBuilder();
        foreach (var position in table.Key)
            text.Append(values[position] is { } value ? Convert.ToHexString(value) : "NULL").Append('/');
        return text.ToString();
    }

    /// <summary>The key as it is shown to people.</summary>
    public string Key() => string.Join(", ", table.Key.Select(position => $"{table.Columns[position].Name} {Show(position)}"));

    public bool SameAs(Row other)
    {
        for (var position = 0; position < values.Length; position++)
        {
            if (!SameAs(other, position))
                return false;
        }
        return true;
    }

    public IEnumerable<int> DifferencesTo(Row other) => Enumerable.Range(0, values.Length).Where(position => !SameAs(other, position));

    /// <summary>The value as it is shown to people: shortened, but with its length.</summary>
    public string Show(int position)
    {
        if (values[position] is not { } value)
            return "NULL";
        if (table.Columns[position].IsBinary)
            return Shorten("0x" + Convert.ToHexString(value), $"{value.Length.ToString(CultureInfo.InvariantCulture)} bytes");
        var text = Encoding.UTF8.GetString(value);
        return Shorten(table.Columns[position].IsText ? $"'{text}'" : text, $"{text.Length.ToString(CultureInfo.InvariantCulture)} characters");
    }

    private bool SameAs(Row other, int position) => (values[position], other.Values[position]) switch
    {
        (null, null) => true,
        ({ } one, { } another) => one.AsSpan().SequenceEqual(another),
        _ => false,
    };

    private byte[]?[] Values => values;

    private static string Shorten(string text, string size) => text.Length <= MaxShownLength ? text : $"{text[..MaxShownLength]}… ({size})";
}
