using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Operations;

/// <summary>A kind of statement, or of a short series of them.</summary>
/// <param name="Kind">Its family and its name, as in <c>insert.rows</c>.</param>
/// <param name="Weight">How often it is run, compared with the others.</param>
/// <param name="RunAsync">Runs it once.</param>
internal sealed record Operation(string Kind, int Weight, Func<Caller, Task> RunAsync);
