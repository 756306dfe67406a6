using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>What tells that a writer's latest transaction was committed.</summary>
/// <param name="Number">The transaction.</param>
/// <param name="Token">The epoch.</param>
/// <param name="Tables">What the writer has written in it.</param>
internal readonly record struct Proof(long Number, string Token, string[] Tables);

/// <summary>The proofs that a node holds, by writer.</summary>
internal static class Proofs
{
    public static async Task<Dictionary<string, Proof>> ReadAsync(
        OwnConnection connection, CancellationToken cancellationToken, IReadOnlyCollection<string>? instances = null, IReadOnlyCollection<string>? writers = null)
    {
        using var command = connection.Physical.CreateCommand();
        command.CommandText = $"SELECT id,number,token,tables FROM {connection.Node.Tables.Writer} {(instances is null ? "" : $"WHERE instance IN ({Instances.InList(instances)}) OR id IN ({Instances.InList(writers ?? [])}) ")}LIMIT {int.MaxValue}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var proofs = new Dictionary<string, Proof>(StringComparer.Ordinal);
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            proofs[reader.GetString(0)] = new Proof(reader.GetInt64(1), reader.GetString(2), reader.GetString(3).Split('\n'));
        return proofs;
    }

    /// <summary>
    /// All tables of all these writers, where one node has a transaction that the other lacks; none where both have the same.
    /// </summary>
    /// <param name="ours">The proofs on one node.</param>
    /// <param name="theirs">Those on the other.</param>
    /// <param name="alone">The epochs in which one node led alone: nobody expects what was committed in them on the other.</param>
    public static IReadOnlyList<string> Differing(
        IReadOnlyDictionary<string, Proof> ours, IReadOnlyDictionary<string, Proof> theirs, params IReadOnlyCollection<string> alone)
    {
        return ours.Keys.Union(theirs.Keys).Any(Differs)
            ? [.. ours.Values.Concat(theirs.Values).Where(p => !alone.Contains(p.Token)).SelectMany(p => p.Tables).Distinct(StringComparer.OrdinalIgnoreCase)]
            : [];

        bool Differs(string writer)
        {
            var isOnBoth = ours.TryGetValue(writer, out var our) & theirs.TryGetValue(writer, out var their);
            return !(isOnBoth && our.Number == their.Number) && !alone.Contains(our.Token) && !alone.Contains(their.Token);
        }
    }
}
