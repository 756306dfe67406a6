using DotNet.Testcontainers.Builders;
using Testcontainers.MySql;

namespace MirroredMySql.LocalServers.Containers;

/// <summary>Creates containers with Testcontainers, in builds with the MSBuild property <c>UseTestcontainers</c>.</summary>
/// <remarks>
/// One package serves both flavours, as the MariaDB image takes the variables of the MySQL image. The wait strategy is given because the
/// built-in one runs the <c>mysql</c> client, which newer MariaDB images lack; readiness is awaited by <see cref="LocalServer"/>.
/// </remarks>
internal static class ContainerLauncher
{
    public static async Task<ContainerControl> RunAsync(
        string image, IEnumerable<string> arguments, int port, ServerAccounts accounts, CancellationToken cancellationToken)
    {
        var container = new MySqlBuilder()
            .WithImage(image)
            .WithDatabase(accounts.Database)
            .WithUsername(ServerAccounts.Application)
            .WithPassword(accounts.ApplicationPassword)
            .WithEnvironment("MYSQL_ROOT_PASSWORD", accounts.AdministratorPassword)
            .WithCommand([.. arguments])
            .WithPortBinding(port, MySqlBuilder.MySqlPort)
            .WithCreateParameterModifier(parameters =>
            {
                foreach (var binding in parameters.HostConfig.PortBindings.Values.SelectMany(bindings => bindings))
                    binding.HostIP = "127.0.0.1";
            })
            .WithWaitStrategy(Wait.ForUnixContainer().UntilExternalTcpPortIsAvailable(MySqlBuilder.MySqlPort))
            .Build();
        try
        {
            await container.StartAsync(cancellationToken).ConfigureAwait(false);
            return new ContainerControl(container.Id, container);
        }
        catch
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
