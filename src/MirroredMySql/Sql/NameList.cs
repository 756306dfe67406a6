namespace MirroredMySql.Sql;

/// <summary>
/// Names in the order of the text, each once. A dictionary joins in when they become many, so that hostile texts stay linear.
/// </summary>
internal sealed class NameList(StringComparer comparer)
{
    private const int Many = 16;

    private Dictionary<string, int>? _indexes;

    public List<string> Names { get; } = [];

    /// <returns>The index of the name, new or not.</returns>
    public int Add(string name)
    {
        var index = Find(name);
        if (index >= 0)
            return index;

        Names.Add(name);
        if (_indexes is not null)
            _indexes.Add(name, Names.Count - 1);
        else if (Names.Count == Many)
            _indexes = Names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, comparer);
        return Names.Count - 1;
    }

    private int Find(string name) =>
        _indexes is null ? Names.FindIndex(n => comparer.Equals(n, name)) : _indexes.GetValueOrDefault(name, -1);
}
