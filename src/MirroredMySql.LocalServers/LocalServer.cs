using System.Diagnostics;
using MirroredMySql.LocalServers.Processes;

namespace MirroredMySql.LocalServers;

/// <summary>
/// A private MySQL or MariaDB server for tests and the demo. It listens on 127.0.0.1 only, holds one database with an
/// ordinary account that owns it, and leaves neither a process nor a file behind, even when this process is killed.
/// </summary>
/// <remarks>
/// The server comes from the first of: <see cref="LocalServerOptions.Binary"/>, the environment variable <c>MIRROREDMYSQL_MARIADBD</c> or
/// <c>MIRROREDMYSQL_MYSQLD</c>, the <c>PATH</c> and the usual folders, what <c>test/install-servers.sh</c> has put into the cache folder,
/// a container when Docker answers.
/// </remarks>
public sealed class LocalServer : IAsyncDisposable
{
    private const string LocalHost = "127.0.0.1";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan GreetingPatience = TimeSpan.FromSeconds(5);

    private readonly ServerAddress _address;
    private readonly ServerControl _control;
    private readonly LocalServerOptions _options;

    internal LocalServer(ServerAddress address, ServerControl control, LocalServerOptions options)
    {
        _address = address;
        _control = control;
        _options = options;
    }

    /// <summary>MariaDB or MySQL.</summary>
    public ServerFlavor Flavor => _address.Flavor;

    /// <summary>Where the server listens.</summary>
    public string Host => _address.Host;

    /// <summary>Where the server listens; the same after every restart.</summary>
    public int Port => _address.Port;

    /// <summary>The database that the <c>app</c> account owns.</summary>
    public string Database => _address.Database;

    /// <summary>For the ordinary account: all rights on <see cref="Database"/>, none elsewhere. Both drivers understand it.</summary>
    public string ConnectionString => _address.ConnectionString;

    /// <summary>For an account with all rights.</summary>
    public string AdministratorConnectionString => _address.AdministratorConnectionString;

    /// <summary>Whether the server can be stopped, killed and suspended from here. A server of the user's cannot.</summary>
    public bool CanControl => _control.CanControl;

    /// <summary>Whether the server's process exists; it may be suspended or still starting.</summary>
    public bool IsRunning => _control.IsRunning;

    /// <summary>The process id of the server itself.</summary>
    /// <exception cref="InvalidOperationException">The server is not running.</exception>
    public int ProcessId => _control.ProcessId;

    /// <summary>The server's data folder; <see langword="null"/> when it is in a container or on a server of the user's.</summary>
    public string? DataFolder => _control.DataFolder;

    /// <summary>The tail of the server's error log.</summary>
    public string Log => _control.Log;

    /// <summary>Creates a server, starts it and waits until it serves clients.</summary>
    /// <exception cref="LocalServerException">There is no such server here, or it did not start; the message says which.</exception>
    public static async Task<LocalServer> StartAsync(
        ServerFlavor flavor, LocalServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalServerOptions();
        var accounts = new ServerAccounts(flavor, options.Database);
        var port = LocalPort.Reserve();
        var control = await ServerSource.CreateAsync(flavor, port, accounts, options, cancellationToken).ConfigureAwait(false);
        var server = new LocalServer(accounts.At(LocalHost, port), control, options);
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Brings the server up, whether it was stopped, killed or suspended, and waits until it serves clients.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (IsRunning && CanControl)
            Resume();
        await _control.StartAsync(cancellationToken).ConfigureAwait(false);
        await WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shuts the server down cleanly and waits until it is gone.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => _control.StopAsync(cancellationToken);

    /// <summary>Stops the server cleanly and starts it again, with the same port and data.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync(cancellationToken).ConfigureAwait(false);
        await StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the server as <c>kill -9</c> does, suspended or not. When this returns it is gone.</summary>
    public void Kill() => _control.Kill();

    /// <summary>Freezes the server: its connections stay open and nothing answers. <see cref="Resume"/> undoes it.</summary>
    public void Suspend() => _control.Suspend();

    /// <summary>Lets a suspended server go on. Does nothing to one that isn't suspended.</summary>
    public void Resume() => _control.Resume();

    /// <summary>Waits until the server greets a new client, for at most <see cref="LocalServerOptions.StartTimeout"/>.</summary>
    /// <exception cref="LocalServerException">The server has ended, or the time is up; the message ends with its log.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken = default)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var greeting = await ServerGreeting.ReadAsync(Host, Port, GreetingPatience, cancellationToken).ConfigureAwait(false);
            if (!IsRunning)
                throw Failure("has ended");
            if (greeting is not null)
                return;
            if (Stopwatch.GetElapsedTime(started) > _options.StartTimeout)
                throw Failure($"did not answer within {_options.StartTimeout}");
            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the server and removes all that it has written.</summary>
    public ValueTask DisposeAsync() => _control.DisposeAsync();

    private LocalServerException Failure(string what) => new($"The {Flavor} server on port {Port} {what}. Its log ends with:\n{Log}");
}
