using System.Diagnostics;
using System.Text;
using System.Text.Json;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>
/// What a client process has set out to do and what became of it, in a file that <c>kill -9</c> leaves complete: each line is written by
/// one call and without a buffer, the intent before the deed and the ending before the worker's next one. Thread-safe.
/// </summary>
internal sealed class Diary(string path) : IDisposable
{
    public const char IntentMark = 'I';
    public const char EndingMark = 'E';
    public const char SurpriseMark = 'S';

    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    private readonly Lock _lock = new();
    private long _lastNumber;

    /// <returns>The number under which the deed is ended.</returns>
    public long Begin(int worker, Deed deed)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        var now = Stopwatch.GetTimestamp();
        Write(IntentMark, new Intent(number, worker, deed.Kind, now, deed.Adds, deed.Removes, deed.Changes, deed.Marks, deed.Reads, deed.RollsBack));
        return number;
    }

    public void End(long number, Outcome outcome, string? error = null, long? seen = null) =>
        Write(EndingMark, new Ending(number, outcome, Stopwatch.GetTimestamp(), error, seen));

    public void Add(Surprise surprise) => Write(SurpriseMark, surprise);

    public void Dispose() => _file.Dispose();

    private void Write<T>(char mark, T entry)
    {
        var line = Encoding.UTF8.GetBytes($"{mark}{JsonSerializer.Serialize(entry)}\n");
        lock (_lock)
            _file.Write(line);
    }
}

/// <summary>What a client is about to do.</summary>
/// <param name="Number">Its number within the process.</param>
/// <param name="Worker">The worker within the process.</param>
/// <param name="Kind">The deed's kind.</param>
/// <param name="At">When, by <see cref="Stopwatch.GetTimestamp"/>, which all processes of a machine share.</param>
/// <param name="Adds"><see cref="Deed.Adds"/></param>
/// <param name="Removes"><see cref="Deed.Removes"/></param>
/// <param name="Changes"><see cref="Deed.Changes"/></param>
/// <param name="Marks"><see cref="Deed.Marks"/></param>
/// <param name="Reads"><see cref="Deed.Reads"/></param>
/// <param name="RollsBack"><see cref="Deed.RollsBack"/></param>
internal sealed record Intent(
    long Number,
    int Worker,
    string Kind,
    long At,
    IReadOnlyList<long> Adds,
    IReadOnlyList<long> Removes,
    IReadOnlyList<Change> Changes,
    IReadOnlyList<Mark> Marks,
    string? Reads,
    bool RollsBack);

/// <summary>What has become of an intent.</summary>
/// <param name="Number">The intent's number.</param>
/// <param name="Outcome">What the mirror said.</param>
/// <param name="At">When, by <see cref="Stopwatch.GetTimestamp"/>.</param>
/// <param name="Error">The error, where there was one.</param>
/// <param name="Seen">What it has read, where it reads.</param>
internal sealed record Ending(long Number, Outcome Outcome, long At, string? Error = null, long? Seen = null);

/// <summary>What a client knows of a deed.</summary>
internal enum Outcome
{
    /// <summary>The mirror reported success.</summary>
    Acknowledged,

    /// <summary>The mirror reported an error: nothing was written.</summary>
    Failed,

    /// <summary>The mirror, or a timeout, said that it is unknown.</summary>
    InDoubt,

    /// <summary>The client was killed before it knew.</summary>
    Unfinished,
}
