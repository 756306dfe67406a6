using System.Collections.Concurrent;

namespace MirroredMySql.Sql;

/// <summary>
/// Parsed texts by text and syntax. Two generations keep it bounded without a lock or a timestamp on the hit path: when the young one
/// is full it becomes the old one, and what the old one held and nobody asked for again is forgotten.
/// </summary>
internal sealed class SqlScriptCache
{
    /// <summary>Longer texts (bulk inserts with literals) hardly ever come twice.</summary>
    public const int LongestText = 16 * 1024;

    /// <summary>What one generation may hold, in characters of text.</summary>
    public const int GenerationSize = 2 * 1024 * 1024;

    // What an entry costs beside its text, in characters: so that short texts are bounded in number as well.
    private const int EntrySize = 256;

    private Generation _young = new();
    private Generation _old = new();

    /// <summary>The number of texts kept, for tests and diagnostics.</summary>
    public int Count => _young.Scripts.Count + _old.Scripts.Count;

    public SqlScript Get(string text, SqlSyntax syntax)
    {
        var key = (text, syntax);
        var young = Volatile.Read(ref _young);
        if (young.Scripts.TryGetValue(key, out var script))
            return script;
        if (text.Length > LongestText)
            return SqlScript.Parse(text, syntax);

        if (!Volatile.Read(ref _old).Scripts.TryGetValue(key, out script))
            script = SqlScript.Parse(text, syntax);
        if (young.Scripts.TryAdd(key, script) && Interlocked.Add(ref young.Size, text.Length + EntrySize) > GenerationSize)
            Turn(young);
        return script;
    }

    // Whoever notices first turns; the others find another young generation and leave it.
    private void Turn(Generation full)
    {
        if (Interlocked.CompareExchange(ref _young, new Generation(), full) == full)
            Volatile.Write(ref _old, full);
    }

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<(string Text, SqlSyntax Syntax), SqlScript> Scripts = new();
        public int Size;
    }
}
