namespace MirroredMySql.LocalServers;

/// <summary>What can be done to a server, by whatever means it runs.</summary>
internal abstract class ServerControl : IAsyncDisposable
{
    public virtual bool CanControl => true;

    public abstract bool IsRunning { get; }

    public abstract int ProcessId { get; }

    /// <summary><see langword="null"/> when the data is not on this machine's file system.</summary>
    public virtual string? DataFolder => null;

    public abstract string Log { get; }

    /// <summary>Starts the server without waiting until it answers. Does nothing when it runs.</summary>
    public abstract Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Shuts the server down cleanly, and returns when it is gone. Does nothing when it doesn't run.</summary>
    public abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Ends the server at once, suspended or not, and returns when it is gone. Does nothing when it doesn't run.</summary>
    public abstract void Kill();

    public abstract void Suspend();

    public abstract void Resume();

    public abstract ValueTask DisposeAsync();
}
