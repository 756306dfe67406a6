using System.Collections.Concurrent;
using System.Globalization;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// The names under which a session's transactions leave their proofs: a row with a number that grows by one each time. After a lost COMMIT,
/// and after the death of a process, it tells where the transaction has arrived. What goes to both nodes and what one node commits alone are
/// two rows: the former is what the absent node is compared by when it is back. One session uses a writer at a time.
/// </summary>
/// <param name="instance">The process, by its name in the table of processes.</param>
internal sealed class Writer(string instance)
{
    private readonly HashSet<string> _tables = new(StringComparer.OrdinalIgnoreCase);
    private string _token = "";

    /// <summary>The name of what goes to both nodes.</summary>
    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The name of what one node commits alone. The journal knows it too, but only until the other node has it.</summary>
    public string AloneId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The number of the transaction that is to be committed.</summary>
    public long Number { get; private set; }

    /// <summary>Begins the commit of another transaction.</summary>
    public void Advance() => Number++;

    /// <summary>
    /// The statement that leaves the proof. It names every table that the writer has written since the epoch began: what was written after
    /// a transaction that reached one node only may be derived from it.
    /// </summary>
    public string Proof(Node node, string token, IReadOnlyCollection<string> tables, SqlSyntax syntax, bool isAlone)
    {
        if (_token != token)
            _tables.Clear();
        _token = token;
        _tables.UnionWith(tables.Count == 0 ? [Suspects.AnyTable] : tables);
        var names = Identifier.Literal(string.Join('\n', _tables), syntax.HasBackslashEscapes);
        return string.Create(CultureInfo.InvariantCulture,
            $"INSERT INTO {node.Tables.Writer} (id,number,token,tables,instance) VALUES ('{(isAlone ? AloneId : Id)}',{Number},'{token}',{names},'{instance}') ON DUPLICATE KEY UPDATE number={Number},token='{token}',tables={names};");
    }

    /// <summary>Whether the transaction has been committed on a node, in step or alone. Final only once nobody can commit it any more.</summary>
    public string Question(Node node) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT EXISTS(SELECT 1 FROM {node.Tables.Writer} WHERE id IN ('{Id}','{AloneId}') AND number={Number}) LIMIT 1");
}

/// <summary>The writers of a process that no session uses at the moment, so that their rows are as many as sessions at once. Thread-safe.</summary>
internal sealed class Writers(string instance)
{
    private readonly ConcurrentBag<Writer> _idle = [];

    public Writer Take() => _idle.TryTake(out var writer) ? writer : new Writer(instance);

    public void Return(Writer writer) => _idle.Add(writer);
}
