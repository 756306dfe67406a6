using System.Collections.Concurrent;
using System.Globalization;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Control;

namespace MirroredMySql.Chaos.Faults;

/// <summary>One of the client processes, seen from the controller.</summary>
internal sealed class Client : IAsyncDisposable
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _process;
    private readonly Route _route;
    private readonly Chronicle _chronicle;
    private readonly Signal _changed;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _questions = [];
    private readonly Task _listening;
    private TaskCompletionSource _frozen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Client(int number, ChildProcess process, Route route, Chronicle chronicle, Signal changed)
    {
        Number = number;
        _process = process;
        _route = route;
        _chronicle = chronicle;
        _changed = changed;
        _listening = ListenAsync();
    }

    public int Number { get; }

    /// <summary>What it has told last of its mirror.</summary>
    public ModeSighting? Sees { get; private set; }

    /// <summary>Its way to both nodes.</summary>
    public Route Route => _route;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a process and returns when it has begun to write.</summary>
    public static async Task<Client> StartAsync(ClientSettings settings, Route route, Chronicle chronicle, Signal changed)
    {
        var process = ChildProcess.Start(ClientCommand.Arguments(settings), route.Primary, route.Standby);
        var client = new Client(settings.Number, process, route, chronicle, changed);
        await Task.WhenAny(client._ready.Task, client._listening);
        if (client._ready.Task.IsCompleted)
            return client;
        await client.DisposeAsync();
        throw new ChaosException($"Client {settings.Number} did not start; its errors are above.");
    }

    /// <summary>Asks something; questions of the same first word come one after the other.</summary>
    /// <returns>The answer; <see langword="null"/> when none came in time, or when the process has ended.</returns>
    public async Task<string?> AskAsync(string word, string details, TimeSpan patience)
    {
        var answer = _questions[word] = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _process.TellAsync($"{word} {details}");
        await Task.WhenAny(answer.Task, _listening, Task.Delay(patience));
        return answer.Task.IsCompletedSuccessfully ? await answer.Task : null;
    }

    public Task StopAsync() => _process.TellAsync(ClientWords.Stop);

    /// <returns>Whether it has ended in time.</returns>
    public async Task<bool> WaitForExitAsync(TimeSpan patience)
    {
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(patience));
        return HasExited;
    }

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        await _process.KillAsync();
        await _listening; // What it had said before is still heard.
    }

    /// <summary>Freezes the process until the frost is disposed of.</summary>
    public Task<Frost> FreezeAsync() => Frost.OfAsync(_process.Id);

    /// <summary>Freezes the process where it reaches a step of the commit protocol, until the frost is disposed of.</summary>
    /// <returns>Nothing when it has not reached it in time.</returns>
    public async Task<Frost?> FreezeAtAsync(string step, int countdown, TimeSpan patience)
    {
        var frost = await Frost.ToComeAsync(_process.Id);
        _frozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await AskAsync(ClientWords.Freeze, FormattableString.Invariant($"{step} {countdown}"), AnswerPatience);
        await Task.WhenAny(_frozen.Task, _listening, Task.Delay(patience));
        if (!_frozen.Task.IsCompleted)
            await AskAsync(ClientWords.Disarm, "", AnswerPatience);
        if (_frozen.Task.IsCompleted && !HasExited)
            return frost;
        await frost.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        await _route.DisposeAsync();
    }

    private async Task ListenAsync()
    {
        while (await _process.ReadLineAsync(CancellationToken.None) is { } line)
        {
            switch (line.TrimEnd().Split(' ', 2))
            {
                case [ClientWords.Ready]:
                    _ready.TrySetResult();
                    break;
                case [ClientWords.Frozen]:
                    _frozen.TrySetResult();
                    break;
                case [ClientWords.Answer, var text] when text.Split(' ', 2) is [var word, var answer]:
                    _questions[word].TrySetResult(answer);
                    break;
                case [ClientWords.Mode, var text] when text.Split(' ') is [var at, var epoch, var mode, var lead]:
                    Sees = new ModeSighting(Parse(at), Number, Parse(epoch), mode, Enum.Parse<NodeRole>(lead));
                    _chronicle.Add(Sees);
                    _changed.Set();
                    break;
                case [ClientWords.Event, var text] when text.Split(' ') is [var at, var name, var count]:
                    _chronicle.Add(new FormationChange(Parse(at), Number, name, Parse(count)));
                    break;
            }
        }

        static long Parse(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }
}
