using MirroredMySql.LocalServers.Containers;
using MirroredMySql.LocalServers.Processes;

namespace MirroredMySql.LocalServers;

/// <summary>Decides by what means a server runs.</summary>
internal static class ServerSource
{
    public static async Task<ServerControl> CreateAsync(
        ServerFlavor flavor, int port, ServerAccounts accounts, LocalServerOptions options, CancellationToken cancellationToken)
    {
        if (await ServerBinary.FindAsync(flavor, options.Binary, cancellationToken).ConfigureAwait(false) is { } binary)
            return await LocalProcessControl.CreateAsync(binary, port, accounts, options, cancellationToken).ConfigureAwait(false);
        if (await DockerCommand.AnswersAsync(cancellationToken).ConfigureAwait(false))
            return await ContainerControl.CreateAsync(flavor, port, accounts, options, cancellationToken).ConfigureAwait(false);
        throw new LocalServerException(
            $"There is no {flavor} server here, and no Docker that answers. Install one with: test/install-servers.sh {flavor.ToName()}");
    }
}
