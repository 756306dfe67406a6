using System.Text.Json;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>All that all clients have written down.</summary>
internal sealed class Ledger
{
    /// <param name="diaries">Each diary's text, with the number of its client.</param>
    public Ledger(IEnumerable<(int Client, string Text)> diaries)
    {
        var entries = new List<Entry>();
        var report = new WorkReport();
        foreach (var (client, text) in diaries)
        {
            entries.AddRange(Read(client, text, report));
            Diaries++;
        }
        Entries = entries;
        Surprises = report.Surprises;
    }

    /// <summary>How many clients have left one.</summary>
    public int Diaries { get; }

    public IReadOnlyList<Entry> Entries { get; }

    public IReadOnlyList<Surprise> Surprises { get; }

    private static IEnumerable<Entry> Read(int client, string diary, WorkReport report)
    {
        var intents = new List<Intent>();
        var endings = new Dictionary<long, Ending>();
        // What stands behind the last line break was not written completely, and counts as not written.
        foreach (var line in diary[..(diary.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (line[0])
            {
                case Diary.IntentMark:
                    intents.Add(Parse<Intent>(line));
                    break;
                case Diary.EndingMark:
                    var ending = Parse<Ending>(line);
                    endings.Add(ending.Number, ending);
                    break;
                default:
                    report.Add(Parse<Surprise>(line));
                    break;
            }
        }
        return intents.Select(intent => new Entry(client, intent, endings.GetValueOrDefault(intent.Number)));
    }

    private static T Parse<T>(string line) => JsonSerializer.Deserialize<T>(line.AsSpan(1))!;
}

/// <summary>One deed of one client, and what became of it.</summary>
/// <param name="Client">The client process.</param>
/// <param name="Intent">What it set out to do.</param>
/// <param name="Ending">What it was told; nothing when it was killed before.</param>
internal sealed record Entry(int Client, Intent Intent, Ending? Ending)
{
    public Outcome Outcome => Ending?.Outcome ?? Outcome.Unfinished;

    /// <summary>What the databases have to show.</summary>
    public Expectation Expectation => Outcome switch
    {
        _ when Intent.RollsBack => Expectation.Undone,
        Outcome.Acknowledged => Expectation.Done,
        Outcome.Failed => Expectation.Undone,
        _ => Expectation.DoneOrUndone,
    };
}

/// <summary>What the databases have to show of a deed.</summary>
internal enum Expectation
{
    /// <summary>All of it.</summary>
    Done,

    /// <summary>Nothing of it.</summary>
    Undone,

    /// <summary>All of it or nothing of it.</summary>
    DoneOrUndone,
}
