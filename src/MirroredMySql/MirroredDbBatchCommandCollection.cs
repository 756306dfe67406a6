using System.Data.Common;

namespace MirroredMySql;

/// <summary>The commands of a <see cref="MirroredDbBatch"/>, in the order of execution. Not thread-safe.</summary>
public sealed class MirroredDbBatchCommandCollection : DbBatchCommandCollection
{
    private readonly List<MirroredDbBatchCommand> _commands = [];

    internal MirroredDbBatchCommandCollection()
    {
    }

    internal IReadOnlyList<MirroredDbBatchCommand> Typed => _commands;

    /// <inheritdoc/>
    public override int Count => _commands.Count;

    /// <inheritdoc/>
    public override bool IsReadOnly => false;

    /// <inheritdoc/>
    public override void Add(DbBatchCommand item) => _commands.Add(Checked(item));

    /// <inheritdoc/>
    public override void Clear() => _commands.Clear();

    /// <inheritdoc/>
    public override bool Contains(DbBatchCommand item) => item is MirroredDbBatchCommand command && _commands.Contains(command);

    /// <inheritdoc/>
    public override void CopyTo(DbBatchCommand[] array, int arrayIndex)
    {
        ArgumentNullException.ThrowIfNull(array);
        foreach (var command in _commands)
            array[arrayIndex++] = command;
    }

    /// <inheritdoc/>
    public override IEnumerator<DbBatchCommand> GetEnumerator() => _commands.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(DbBatchCommand item) => item is MirroredDbBatchCommand command ? _commands.IndexOf(command) : -1;

    /// <inheritdoc/>
    public override void Insert(int index, DbBatchCommand item) => _commands.Insert(index, Checked(item));

    /// <inheritdoc/>
    public override bool Remove(DbBatchCommand item) => item is MirroredDbBatchCommand command && _commands.Remove(command);

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _commands.RemoveAt(index);

    /// <inheritdoc/>
    protected override DbBatchCommand GetBatchCommand(int index) => _commands[index];

    /// <inheritdoc/>
    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) => _commands[index] = Checked(batchCommand);

    private static MirroredDbBatchCommand Checked(DbBatchCommand item) =>
        item as MirroredDbBatchCommand
        ?? throw new ArgumentException($"The command must be a {nameof(MirroredDbBatchCommand)}; take it from MirroredDbBatch.CreateBatchCommand.", nameof(item));
}
