using System.Text;

namespace MirroredMySql.Sql;

/// <summary>One replacement in a text; an empty span inserts.</summary>
internal readonly record struct TextEdit(int Start, int End, string Text)
{
    /// <summary>Carries out edits that do not overlap, in any order.</summary>
    public static string Apply(string text, IEnumerable<TextEdit> edits)
    {
        var result = new StringBuilder(text.Length + 64);
        var position = 0;
        foreach (var edit in edits.OrderBy(e => e.Start))
        {
            result.Append(text, position, edit.Start - position).Append(edit.Text);
            position = edit.End;
        }

        return result.Append(text, position, text.Length - position).ToString();
    }
}
