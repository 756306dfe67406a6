using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Faults;

/// <summary>The client processes: always as many as asked for, whatever becomes of each.</summary>
internal sealed class ClientTeam(FaultSettings settings, Gateway gateway, Chronicle chronicle, string diaries) : IAsyncDisposable
{
    // 128 + SIGKILL.
    private const int Killed = 137;

    // Longer than a client waits for its own workers.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(75);

    private readonly Client[] _clients = new Client[settings.Processes];
    private int _lastNumber;

    /// <summary>Whether every client sees both nodes in step.</summary>
    public bool IsMirrored => _clients.All(client => client.Mode == nameof(MirrorMode.Mirrored));

    public async Task StartAsync()
    {
        for (var place = 0; place < _clients.Length; place++)
            _clients[place] = await StartOneAsync();
    }

    public Client Any(int chance) => _clients[chance % _clients.Length];

    /// <summary>Waits until all clients see both nodes in step.</summary>
    public async Task<bool> BecomesMirroredAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var left = patience; left > TimeSpan.Zero && !IsMirrored; left -= TimeSpan.FromMilliseconds(100))
            await Task.Delay(100, cancellationToken);
        return IsMirrored;
    }

    /// <summary>Puts another process into the place of one that was killed.</summary>
    public async Task ReplaceAsync(Client client)
    {
        if (client.ExitCode != Killed)
            chronicle.AddMishap($"client {client.Number} has ended by itself with exit code {client.ExitCode}");
        _clients[Array.IndexOf(_clients, client)] = await StartOneAsync();
        await client.DisposeAsync();
    }

    /// <summary>Has all clients finish what they do.</summary>
    public async Task StopAsync()
    {
        foreach (var client in _clients.Where(client => client.HasExited))
            chronicle.AddMishap($"client {client.Number} has ended by itself with exit code {client.ExitCode}");
        var running = _clients.Where(client => !client.HasExited).ToList();
        await Task.WhenAll(running.Select(client => client.StopAsync()));
        await Task.WhenAll(running.Select(StopAsync));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.OfType<Client>())
            await client.DisposeAsync();
    }

    private async Task StopAsync(Client client)
    {
        if (!await client.WaitForExitAsync(StopPatience))
            chronicle.AddMishap($"client {client.Number} did not stop within {StopPatience}");
        else if (client.ExitCode != 0)
            chronicle.AddMishap($"client {client.Number} has ended with exit code {client.ExitCode}");
    }

    private Task<Client> StartOneAsync()
    {
        var number = ++_lastNumber;
        var diary = Path.Combine(diaries, FormattableString.Invariant($"{number}.diary"));
        return Client.StartAsync(new ClientSettings(number, settings.Workers, settings.Seed, diary), gateway, chronicle);
    }
}
