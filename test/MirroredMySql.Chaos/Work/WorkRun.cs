using System.Text.Json;
using MirroredMySql.Chaos.Operations;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Work;

/// <summary>
/// One of the writing processes. It says that it is ready, starts at a word from the controller and ends with its report as a line of
/// JSON. The end of standard input is the controller's death, and its own.
/// </summary>
internal sealed class WorkRun(WorkSettings settings, MirroredMySqlOptions options)
{
    public const string Ready = "ready";
    public const string Go = "go";

    // Longer than any lock is waited for and any command may take.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public async Task<int> RunAsync()
    {
        await using var mirror = new MirroredDbDataSource(options);
        // Connects to both nodes before the start, so that all processes start at the same time.
        await using (await mirror.OpenConnectionAsync())
            await Console.Out.WriteLineAsync(Ready);
        if (await Console.In.ReadLineAsync() != Go)
            return CommandLine.Failure;
        _ = Task.Run(EndWithController);

        var mix = new Mix(settings.Selection);
        using var stop = new CancellationTokenSource(settings.Duration);
        var running = Enumerable.Range(0, settings.Workers)
            .Select(index => Worker(mirror, mix, index))
            .Select(worker => (Worker: worker, Task: Start(worker, stop.Token)))
            .ToList();
        var all = Task.WhenAll(running.Select(entry => entry.Task));
        await Task.WhenAny(all, Task.Delay(settings.Duration + Patience));

        var report = new WorkReport();
        foreach (var (worker, task) in running)
        {
            if (task.IsCompletedSuccessfully)
                report.Add(worker.Report);
            else
            {
                var what = task.IsFaulted ? "a worker died" : "a worker hangs";
                report.Add(new Surprise(worker.Kind, what, $"{worker.LastSql}\n{task.Exception}", Count: 1));
            }
        }
        var status = mirror.Status;
        report.Suspects.AddRange(status.Suspects);
        report.Modes.Add(status.Mode);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(report));
        if (!all.IsCompleted)
            Environment.Exit(CommandLine.Failure); // Whatever hangs would also hold up an orderly end.
        return CommandLine.Success;
    }

    // Two workers of one run never draw the same numbers: the seeds of neighbours are far apart.
    private Worker Worker(MirroredDbDataSource mirror, Mix mix, int index)
    {
        var number = settings.Process * settings.Workers + index;
        return new Worker(mirror, mix, new Random(unchecked(settings.Seed * 1_000_003 + number * 7_919)), number, isAsync: index % 2 == 1);
    }

    // A thread of its own, which a synchronous worker never leaves.
    private static Task Start(Worker worker, CancellationToken stop) => Task.Factory
        .StartNew(() => worker.RunAsync(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        .Unwrap();

    private static void EndWithController()
    {
        Console.In.ReadToEnd();
        Environment.Exit(CommandLine.Interrupted);
    }
}
