using MirroredMySql.Tool.Demo.Load;

namespace MirroredMySql.Tool.Demo.View;

/// <summary>A line a second, for logs and files.</summary>
internal sealed class PlainLines(TextWriter output) : ILoadView
{
    public Task RunAsync(Func<Action<LoadFigures>, Task> watch) => watch(Show);

    private void Show(LoadFigures load) =>
        output.WriteLine(
            $"demo: {(load.IsFinal ? "in all " : "")}{load.Elapsed.TotalSeconds:0} s: {load.Totals.Writes} writes acknowledged "
            + $"({load.WritesPerSecond:0}/s, {Wording.Milliseconds(load.WriteLatency)} each), {load.Totals.Retries} retried, {load.Totals.Rollbacks} rolled back; "
            + $"primary {Describe(load.Primary)}; standby {Describe(load.Standby)}; {Wording.Mode(load.Status)}");

    private static string Describe(NodeFigures node) => $"{Wording.Milliseconds(node.Latency)}, {node.Counters.Commits} commits";
}
