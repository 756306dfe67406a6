using MirroredMySql.Drivers;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>The proofs that a node holds, by writer: the number of its latest transaction that was committed there, and the tables of its epoch.</summary>
internal static class Proofs
{
    public static async Task<Dictionary<string, (long Number, string[] Tables)>> ReadAsync(
        OwnConnection connection, CancellationToken cancellationToken, IReadOnlyCollection<string>? instances = null, IReadOnlyCollection<string>? writers = null)
    {
        using var command = connection.Physical.CreateCommand();
        command.CommandText = $"SELECT id,number,tables FROM {connection.Node.Tables.Writer} {(instances is null ? "" : $"WHERE instance IN ({Instances.InList(instances)}) OR id IN ({Instances.InList(writers ?? [])}) ")}LIMIT {int.MaxValue}";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var proofs = new Dictionary<string, (long, string[])>(StringComparer.Ordinal);
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            proofs[reader.GetString(0)] = (reader.GetInt64(1), reader.GetString(2).Split('\n'));
        return proofs;
    }

    /// <summary>
    /// All tables of all these writers, where one node has a transaction that the other lacks; none where both have the same.
    /// </summary>
    public static IReadOnlyList<string> Differing(
        IReadOnlyDictionary<string, (long Number, string[] Tables)> ours, IReadOnlyDictionary<string, (long Number, string[] Tables)> theirs) =>
        ours.Count == theirs.Count && ours.All(p => theirs.TryGetValue(p.Key, out var other) && other.Number == p.Value.Number)
            ? []
            : [.. ours.Values.Concat(theirs.Values).SelectMany(p => p.Tables).Distinct(StringComparer.OrdinalIgnoreCase)];
}
