using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Reckoning;

/// <summary>
/// Looks on one node for the mark that each register was left with: a deed put it there that may have happened, and no acknowledged deed came
/// after that one, for its write would be lost.
/// </summary>
internal static class RegisterCheck
{
    private const string Written = "a register holds what a deed has put there";

    public static IEnumerable<Violation> Run(Ledger ledger, NodeContents node)
    {
        var deeds = ledger.Entries
            .SelectMany(entry => entry.Intent.Marks.Select(mark => (Mark: mark, Entry: entry)))
            .ToLookup(deed => deed.Mark.Register);
        for (var register = 0; register < DeedSchema.Registers; register++)
        {
            if (!node.Registers.TryGetValue(register, out var value))
            {
                yield return new(Written, FormattableString.Invariant($"register {register} is not on the {node.Name}"));
                continue;
            }
            var what = FormattableString.Invariant($"register {register} holds {value} on the {node.Name}");
            var writer = deeds[register].FirstOrDefault(deed => deed.Mark.Value == value).Entry;
            var latest = deeds[register].Select(deed => deed.Entry).Where(entry => entry.Expectation == Expectation.Done).MaxBy(entry => entry.Intent.At);
            if (writer is null && value != DeedSchema.Unmarked)
                yield return new(Written, $"{what}, and no client put it there");
            else if (writer is not null && node.Resolve(writer) == Expectation.Undone)
                yield return new(Written, $"{what}, of a deed that did not happen", writer);
            else if (latest?.Intent.At > EndOf(writer))
                yield return new("no acknowledged write is lost", $"{what}, which was there before this deed began", latest);
        }
    }

    // What was not acknowledged may have happened at any time since: after the client was told, and after its death.
    private static long EndOf(Entry? writer) => writer switch
    {
        null => long.MinValue,
        { Expectation: Expectation.Done } => writer.Ending!.At,
        _ => long.MaxValue,
    };
}
