using System.Globalization;
using MirroredMySql.Chaos.Reckoning;

namespace MirroredMySql.Chaos.Inspection;

/// <summary>Reads what all clients have written down.</summary>
internal static class DiaryReading
{
    public static async Task<Ledger> ReadAsync(DirectoryInfo papers, CancellationToken cancellationToken)
    {
        var diaries = new List<(int Client, string Text)>();
        foreach (var file in papers.EnumerateFiles("*.diary"))
        {
            var client = int.Parse(Path.GetFileNameWithoutExtension(file.Name), CultureInfo.InvariantCulture);
            diaries.Add((client, await File.ReadAllTextAsync(file.FullName, cancellationToken)));
        }
        return new Ledger(diaries);
    }
}
