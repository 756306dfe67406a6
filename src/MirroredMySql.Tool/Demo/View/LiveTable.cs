using MirroredMySql.Tool.Demo.Load;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MirroredMySql.Tool.Demo.View;

/// <summary>A table that is drawn anew in its place, for terminals.</summary>
internal sealed class LiveTable(IAnsiConsole console, int workers, TimeSpan duration) : ILoadView
{
    public Task RunAsync(Func<Action<LoadFigures>, Task> watch) =>
        console.Live(new Text("")).StartAsync(context => watch(load =>
        {
            context.UpdateTarget(Draw(load));
            context.Refresh();
        }));

    private Rows Draw(LoadFigures load)
    {
        var elapsed = $"{load.Elapsed.TotalSeconds:0} of {duration.TotalSeconds:0} s";
        var table = new Table().RoundedBorder().Title($"[bold]{workers} workers, {elapsed}[/]");
        table.AddColumn("node");
        foreach (var heading in new[] { "latency", "worst", "insert", "update", "delete", "commit", "rollback" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddRow(Cells(load.Status.Primary, load.Primary));
        table.AddRow(Cells(load.Status.Standby, load.Standby));
        var colour = load.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 } ? "green" : "red";
        return new Rows(
            table,
            new Markup(
                $"[bold]{load.Totals.Writes}[/] writes acknowledged, [bold]{load.WritesPerSecond:0}[/] per second, {Wording.Milliseconds(load.WriteLatency)} each"),
            new Markup($"{load.Totals.Retries} retried after a deadlock, {load.Totals.Rollbacks} rolled back on purpose"),
            new Markup($"[{colour}]{Wording.Mode(load.Status)}[/]"));
    }

    private static IRenderable[] Cells(NodeStatus status, NodeFigures node)
    {
        var colour = status.IsInStep ? "green" : "red";
        string[] figures =
        [
            Wording.Milliseconds(node.Latency), Wording.Milliseconds(node.WorstLatency), $"{node.Counters.Inserts}", $"{node.Counters.Updates}",
            $"{node.Counters.Deletes}", $"{node.Counters.Commits}", $"{node.Counters.Rollbacks}",
        ];
        return [new Markup($"[{colour}]{status.Role}[/]"), .. figures.Select(figure => new Text(figure))];
    }
}
