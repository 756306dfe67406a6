using System.Globalization;

namespace MirroredMySql.LocalServers.Containers;

/// <summary>A server in a container, which keeps its data and its published port over as many runs as the caller likes.</summary>
/// <param name="id">The container's name or id.</param>
/// <param name="owner">Removes the container when it is disposed of, and when this process dies.</param>
internal sealed class ContainerControl(string id, IAsyncDisposable owner) : ServerControl
{
    private const int LogLength = 200; // lines
    private const string StopSeconds = "60";

    public override bool IsRunning => Status is "running" or "paused";

    public override int ProcessId => IsRunning
        ? int.Parse(Inspect("{{.State.Pid}}"), CultureInfo.InvariantCulture)
        : throw new InvalidOperationException("The server is not running.");

    public override string Log => DockerCommand.Logs(id, LogLength);

    private string Status => Inspect("{{.State.Status}}");

    /// <summary>Creates the container and starts it.</summary>
    public static async Task<ContainerControl> CreateAsync(
        ServerFlavor flavor, int port, ServerAccounts accounts, LocalServerOptions options, CancellationToken cancellationToken)
    {
        var image = flavor == ServerFlavor.MySql ? "mysql:lts" : "mariadb:lts";
        var arguments = ServerArguments.Serving(flavor, options);
        return await ContainerLauncher.RunAsync(image, arguments, port, accounts, cancellationToken).ConfigureAwait(false);
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsRunning)
            await DockerCommand.RunAsync(["start", id], cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Resume();
        await DockerCommand.RunAsync(["stop", "-t", StopSeconds, id], cancellationToken).ConfigureAwait(false);
    }

    public override void Kill()
    {
        if (!IsRunning)
            return;
        DockerCommand.Run("kill", id);
        DockerCommand.Run("wait", id);
    }

    public override void Suspend() => DockerCommand.Run("pause", id);

    public override void Resume()
    {
        if (Status == "paused")
            DockerCommand.Run("unpause", id);
    }

    public override ValueTask DisposeAsync() => owner.DisposeAsync();

    private string Inspect(string format) => DockerCommand.Run("inspect", "--format", format, id);
}
