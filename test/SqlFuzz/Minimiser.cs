using System.Text.RegularExpressions;

namespace MirroredMySql.SqlFuzz;

/// <summary>Takes from a text that shows a fault what the fault does not need: larger parts first, then smaller ones.</summary>
internal static partial class Minimiser
{
    /// <param name="text">The text.</param>
    /// <param name="isFaulty">Whether a shorter text still shows the same fault.</param>
    public static string Minimise(string text, Func<string, bool> isFaulty)
    {
        var parts = Parts().Matches(text).Select(m => m.Value).ToList();
        for (var length = parts.Count / 2; length > 0; length = length == 1 ? 0 : (length + 1) / 2)
        {
            for (var at = 0; at + length <= parts.Count;)
            {
                var shorter = parts.Take(at).Concat(parts.Skip(at + length)).ToList();
                if (isFaulty(string.Concat(shorter)))
                    parts = shorter;
                else
                    at += length;
            }
        }

        return string.Concat(parts);
    }

    [GeneratedRegex(@"\w+|[^\w]", RegexOptions.Singleline)]
    private static partial Regex Parts();
}
