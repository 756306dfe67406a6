using System.Globalization;
using MirroredMySql.Chaos.Operations;

namespace MirroredMySql.Chaos.Clients;

/// <summary>Numbers in the tables that many deeds add to, by name: the table and the id.</summary>
internal static class Cells
{
    private const string Accounts = "accounts";

    public static string Account(int id) => Name(Accounts, id);

    public static string Counter(int id) => Name("counters", id);

    public static string Tally(int id) => Name("tallies", id);

    public static string IdOf(string cell) => cell[(cell.IndexOf(':') + 1)..];

    /// <summary>All that have to be there at the end, whether or not anybody has added to them.</summary>
    public static IEnumerable<string> Lasting =>
        Enumerable.Range(0, ChaosSchema.Accounts).Select(Account).Concat(Enumerable.Range(0, DeedSchema.Counters).Select(Counter));

    /// <summary>What it holds before the first deed.</summary>
    public static long StartOf(string cell) => cell.StartsWith(Accounts + ':', StringComparison.Ordinal) ? ChaosSchema.Balance : 0;

    private static string Name(string table, int id) => $"{table}:{id.ToString(CultureInfo.InvariantCulture)}";
}
