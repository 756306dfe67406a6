using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Chaos.Faults;

/// <summary>The client processes: always as many as asked for, whatever becomes of each. Thread-safe.</summary>
internal sealed class ClientTeam(FaultSettings settings, Gateway gateway, Chronicle chronicle, string diaries) : IAsyncDisposable
{
    // 128 + SIGKILL.
    private const int Killed = 137;

    // Longer than a client waits for its own workers.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(75);

    private readonly Client[] _clients = new Client[settings.Processes];
    private readonly HashSet<Client> _borrowed = [];
    private readonly Lock _lock = new();
    private readonly Signal _changed = new();
    private int _lastNumber;

    /// <summary>How many have ever begun.</summary>
    public int Started => _lastNumber;

    public IReadOnlyList<int> Numbers => [.. _clients.Select(client => client.Number)];

    public IReadOnlyList<Client> All => [.. _clients];

    /// <summary>What those clients have seen last that nobody is playing with.</summary>
    public IReadOnlyList<ModeSighting?> Views
    {
        get
        {
            lock (_lock)
                return [.. _clients.Where(client => !_borrowed.Contains(client)).Select(client => client.Sees)];
        }
    }

    /// <summary>Who leads, by the newest word of a client.</summary>
    public NodeRole Lead => _clients.Select(client => client.Sees).OfType<ModeSighting>().MaxBy(sighting => sighting.Epoch)?.Lead ?? NodeRole.Primary;

    public async Task StartAsync()
    {
        for (var place = 0; place < _clients.Length; place++)
            _clients[place] = await StartOneAsync();
    }

    /// <summary>A client for the caller alone until it is returned or replaced; none when all are taken.</summary>
    public Client? TryBorrow(int chance) => TryBorrow(free => free.Count == 0 ? null : free[chance % free.Count]);

    /// <summary>As <see cref="TryBorrow(int)"/>, for a certain one.</summary>
    public Client? TryBorrowNumber(int number) => TryBorrow(free => free.FirstOrDefault(client => client.Number == number));

    public void Return(Client client)
    {
        lock (_lock)
            _borrowed.Remove(client);
        _changed.Set();
    }

    /// <summary>Waits until the views of the clients are as they should be.</summary>
    public Task<bool> WaitUntilAsync(Func<ModeSighting, bool> each, TimeSpan patience, CancellationToken cancellationToken = default) =>
        _changed.WaitUntilAsync(() => Views.All(view => view is not null && each(view)), patience, cancellationToken);

    /// <summary>Waits until one of the clients sees something.</summary>
    public Task<bool> WaitUntilAnyAsync(Func<ModeSighting, bool> one, TimeSpan patience, CancellationToken cancellationToken = default) =>
        _changed.WaitUntilAsync(() => Views.Any(view => view is not null && one(view)), patience, cancellationToken);

    /// <summary>Waits until each client has had another write acknowledged.</summary>
    public Task WaitUntilAllWriteAsync(TimeSpan patience) => Task.WhenAll(_clients.Select(client => client.AskAsync(ClientWords.Write, "", patience)));

    /// <summary>Puts another process into the place of one that was killed.</summary>
    public async Task ReplaceAsync(Client client)
    {
        if (client.ExitCode != Killed)
            chronicle.AddMishap($"client {client.Number} has ended by itself with exit code {client.ExitCode}");
        var successor = await StartOneAsync();
        lock (_lock)
        {
            _clients[Array.IndexOf(_clients, client)] = successor;
            _borrowed.Remove(client);
        }
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

    private Client? TryBorrow(Func<IReadOnlyList<Client>, Client?> choose)
    {
        lock (_lock)
        {
            var client = choose([.. _clients.Where(client => !_borrowed.Contains(client))]);
            if (client is not null)
                _borrowed.Add(client);
            return client;
        }
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
        var number = Interlocked.Increment(ref _lastNumber);
        var file = Path.Combine(diaries, FormattableString.Invariant($"{number}"));
        var client = new ClientSettings(number, settings.Workers, settings.Seed, $"{file}.diary", $"{file}.log");
        return Client.StartAsync(client, gateway.Open(), chronicle, _changed);
    }
}
