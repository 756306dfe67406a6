using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using MirroredMySql.Chaos.Work;
using MirroredMySql.Tool;
using MirroredMySql.Topology;

namespace MirroredMySql.Chaos.Clients;

/// <summary>
/// One of the client processes: writes until it is told to stop, or is killed. The end of standard input is the controller's death, and
/// its own.
/// </summary>
internal sealed class ClientRun(ClientSettings settings, MirroredMySqlOptions options) : IDisposable
{
    // Longer than any lock is waited for and any command may take.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ModeInterval = TimeSpan.FromMilliseconds(50);

    private readonly Diary _diary = new(settings.Diary);
    private readonly Progress _progress = new();
    private readonly ClientLog _log = new(settings.Log, Tell);
    private readonly CancellationTokenSource _stop = new();

    public async Task<int> RunAsync()
    {
        await using var mirror = new MirroredDbDataSource(options, _log);
        var running = Enumerable.Range(0, settings.Workers).Select(number => Start(mirror, number)).ToList();
        var watching = WatchModeAsync(mirror);
        await Console.Out.WriteLineAsync(ClientWords.Ready);
        _ = Task.Factory.StartNew(() => Obey(mirror), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        await Task.Delay(Timeout.Infinite, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var all = Task.WhenAll(running.Select(entry => entry.Task));
        await Task.WhenAny(all, Task.Delay(Patience));
        foreach (var (worker, _) in running.Where(entry => !entry.Task.IsCompletedSuccessfully))
            _diary.Add(new Surprise(worker.Kind, "a worker hangs or has died", $"{worker.LastSql}\n{all.Exception}", Count: 1));
        if (!all.IsCompletedSuccessfully)
            Environment.Exit(CommandLine.Failure); // Whatever hangs would also hold up an orderly end.
        await watching;
        return CommandLine.Success;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _diary.Dispose();
        _log.Dispose();
    }

    // A thread of its own, which a synchronous worker never leaves.
    private (ClientWorker Worker, Task Task) Start(MirroredDbDataSource mirror, int number)
    {
        var random = new Random(unchecked(settings.Seed * 1_000_003 + (settings.Number * settings.Workers + number) * 7_919));
        var worker = new ClientWorker(mirror, _diary, _progress, new DeedSource(random, settings.Number, number), number, isAsync: number % 2 == 1);
        var task = Task.Factory
            .StartNew(() => worker.RunAsync(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap();
        return (worker, task);
    }

    private async Task WatchModeAsync(MirroredDbDataSource mirror)
    {
        MirrorState? last = null;
        while (!_stop.IsCancellationRequested)
        {
            var state = mirror.Mirror.Formation.State;
            if (last != state && state.Epoch > 0)
                await Console.Out.WriteLineAsync(FormattableString.Invariant($"{ClientWords.Mode} {Stopwatch.GetTimestamp()} {state.Epoch} {state.Mode} {state.Lead}"));
            last = state;
            await Task.Delay(ModeInterval);
        }
    }

    private void Obey(MirroredDbDataSource mirror)
    {
        while (Console.In.ReadLine() is { } line)
        {
            switch (line.Split(' '))
            {
                case [ClientWords.Stop]:
                    _stop.Cancel();
                    break;
                case [ClientWords.Die, var step, var countdown]:
                    StepTrap.Die(step, int.Parse(countdown, CultureInfo.InvariantCulture));
                    Answer(ClientWords.Die, "armed");
                    break;
                case [ClientWords.Freeze, var step, var countdown]:
                    StepTrap.Freeze(step, int.Parse(countdown, CultureInfo.InvariantCulture), () => Console.Out.WriteLine(ClientWords.Frozen));
                    Answer(ClientWords.Freeze, "armed");
                    break;
                case [ClientWords.Disarm, ..]:
                    StepTrap.Disarm();
                    Answer(ClientWords.Disarm, "disarmed");
                    break;
                case [ClientWords.Write, ..]:
                    _ = WriteAsync();
                    break;
                case [ClientWords.Switch, var lead]:
                    _ = SwitchAsync(mirror, Enum.Parse<NodeRole>(lead));
                    break;
            }
        }
        Environment.Exit(CommandLine.Interrupted);
    }

    private async Task WriteAsync()
    {
        await _progress.Next;
        Answer(ClientWords.Write, "acknowledged");
    }

    private async Task SwitchAsync(MirroredDbDataSource mirror, NodeRole lead)
    {
        var former = mirror.Status.Lead;
        try
        {
            await mirror.SwitchLeadAsync(lead);
            Answer(ClientWords.Switch, former == lead ? "led already" : ClientWords.Switched);
        }
        catch (DbException exception)
        {
            Answer(ClientWords.Switch, $"refused: {exception.Message.ReplaceLineEndings(" ")}");
        }
        catch (Exception exception)
        {
            _diary.Add(new Surprise("lead.switch", $"{exception.GetType().Name}: {exception.Message}", exception.ToString(), Count: 1));
            Answer(ClientWords.Switch, "failed");
        }
    }

    private static void Tell(string name, long count) =>
        Console.Out.WriteLine(FormattableString.Invariant($"{ClientWords.Event} {Stopwatch.GetTimestamp()} {name} {count}"));

    private static void Answer(string word, string text) => Console.Out.WriteLine($"{ClientWords.Answer} {word} {text}");
}
