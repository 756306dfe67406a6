namespace MirroredMySql.LocalServers.Processes;

/// <summary>A server that is a process of this machine, with a private folder, over as many runs as the caller likes.</summary>
internal sealed class LocalProcessControl : ServerControl
{
    private readonly ServerFolder _folder;
    private readonly ServerBinary _binary;
    private readonly int _port;
    private readonly LocalServerOptions _options;
    private ServerProcess? _process;

    private LocalProcessControl(ServerFolder folder, ServerBinary binary, int port, LocalServerOptions options)
    {
        _folder = folder;
        _binary = binary;
        _port = port;
        _options = options;
    }

    public override bool IsRunning => _process is { HasExited: false };

    public override int ProcessId => IsRunning ? _process!.Id : throw new InvalidOperationException("The server is not running.");

    public override string DataFolder => _folder.Data;

    public override string Log => ServerLog.Tail(_folder.Log);

    /// <summary>Prepares a server: its folder, its data, its accounts. It doesn't run yet.</summary>
    public static async Task<LocalProcessControl> CreateAsync(
        ServerBinary binary, int port, ServerAccounts accounts, LocalServerOptions options, CancellationToken cancellationToken)
    {
        var folder = await ServerFolder.CreateAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await DataTemplate.CopyToAsync(folder, binary, cancellationToken).ConfigureAwait(false);
            await File.WriteAllTextAsync(folder.InitFile, accounts.ToSql(), cancellationToken).ConfigureAwait(false);
            return new LocalProcessControl(folder, binary, port, options);
        }
        catch
        {
            await folder.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsRunning)
        {
            _process?.Dispose();
            string[] service = [$"--port={_port}", "--bind-address=127.0.0.1", $"--init-file={_folder.InitFile}"];
            _process = ServerProcess.Start(
                _folder, _binary, [.. _folder.Arguments(_binary.Flavor), .. service, .. ServerArguments.Serving(_binary.Flavor, _options)]);
        }
        return Task.CompletedTask;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!IsRunning)
            return;
        _process!.Terminate();
        _process.Resume(); // A suspended process would not see the signal.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.StopTimeout);
        try
        {
            await _process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var limit = _options.StopTimeout;
            throw new LocalServerException($"The server on port {_port} did not stop within {limit}. Its log ends with:\n{Log}");
        }
    }

    public override void Kill()
    {
        if (IsRunning)
            _process!.Kill();
    }

    public override void Suspend() => _process?.Suspend();

    public override void Resume() => _process?.Resume();

    public override async ValueTask DisposeAsync()
    {
        Kill();
        await _folder.DisposeAsync().ConfigureAwait(false);
        _process?.Dispose();
        _process = null;
    }
}
