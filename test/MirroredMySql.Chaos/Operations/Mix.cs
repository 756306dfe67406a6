using MirroredMySql.Chaos.Control;

namespace MirroredMySql.Chaos.Operations;

/// <summary>All statement kinds that are run, with their weights.</summary>
internal sealed class Mix
{
    private readonly IReadOnlyList<Operation> _operations;
    private readonly int _total;

    public Mix(KindSelection selection)
    {
        _operations = [.. Everything.Where(operation => selection.Includes(operation.Kind))];
        _total = _operations.Sum(operation => operation.Weight);
    }

    public static IReadOnlyList<Operation> Everything { get; } =
    [
        .. Inserts.All, .. Upserts.All, .. Copies.All, .. Changes.All, .. Queues.All, .. Transfers.All, .. Transactions.All,
        .. Isolation.All, .. Relations.All, .. Routines.All, .. Triggers.All, .. Variables.All, .. Chance.All, .. Temporary.All,
        .. Documents.All, .. Failures.All, .. Batches.All, .. Tables.All, .. TableRows.All, .. Views.All,
    ];

    public Operation Next(Random random)
    {
        var left = random.Next(_total);
        foreach (var operation in _operations)
        {
            left -= operation.Weight;
            if (left < 0)
                return operation;
        }
        throw new InvalidOperationException("The weights do not add up to their sum.");
    }
}
