using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Control;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Faults;

/// <summary>One of the client processes, seen from the controller. It ends when its standard input does.</summary>
internal sealed class Client : IAsyncDisposable
{
    // The end of input may also be the controller's death, and a frozen client would not see its own.
    private const string Freeze = "trap '' HUP INT TERM; kill -STOP $0; cat; kill -CONT $0";

    private readonly Process _process;
    private readonly Chronicle _chronicle;
    private readonly TaskCompletionSource _ready = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _questions = [];
    private readonly Task _listening;

    private Client(int number, Process process, Chronicle chronicle)
    {
        Number = number;
        _process = process;
        _chronicle = chronicle;
        _listening = ListenAsync();
    }

    public int Number { get; }

    /// <summary>The mode that it has told last.</summary>
    public string? Mode { get; private set; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a process and returns when it has begun to write.</summary>
    public static async Task<Client> StartAsync(ClientSettings settings, Gateway gateway, Chronicle chronicle)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(Client).Assembly.Location, .. ClientCommand.Arguments(settings)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[WorkCommand.PrimaryVariable] = gateway.Primary;
        start.Environment[WorkCommand.StandbyVariable] = gateway.Standby;
        var client = new Client(settings.Number, Process.Start(start)!, chronicle);
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
        await TellAsync($"{word} {details}");
        await Task.WhenAny(answer.Task, _listening, Task.Delay(patience));
        return answer.Task.IsCompletedSuccessfully ? await answer.Task : null;
    }

    public Task StopAsync() => TellAsync(ClientWords.Stop);

    /// <returns>Whether it has ended in time.</returns>
    public async Task<bool> WaitForExitAsync(TimeSpan patience)
    {
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(patience));
        return HasExited;
    }

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _listening; // What it had said before is still heard.
    }

    /// <summary>Freezes the process for a while: it holds what it holds, and learns nothing.</summary>
    public async Task SuspendAsync(TimeSpan duration)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Freeze, _process.Id.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
        })!;
        await Task.Delay(duration);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task TellAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has just been killed, or has killed itself.
        }
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            switch (line.Split(' ', 2))
            {
                case [ClientWords.Ready]:
                    _ready.TrySetResult();
                    break;
                case [ClientWords.Answer, var text] when text.Split(' ', 2) is [var word, var answer]:
                    _questions[word].TrySetResult(answer);
                    break;
                case [ClientWords.Mode, var text] when text.Split(' ') is [var at, var mode, var lead]:
                    Mode = mode;
                    var time = long.Parse(at, CultureInfo.InvariantCulture);
                    _chronicle.Add(new ModeSighting(time, Number, mode, Enum.Parse<NodeRole>(lead)));
                    break;
            }
        }
    }
}
