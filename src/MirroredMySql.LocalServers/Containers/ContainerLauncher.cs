using System.Security.Cryptography;
using MirroredMySql.LocalServers.Processes;

namespace MirroredMySql.LocalServers.Containers;

/// <summary>Creates containers with <c>docker run</c>, in builds without the MSBuild property <c>UseTestcontainers</c>.</summary>
internal static class ContainerLauncher
{
    public static async Task<ContainerControl> RunAsync(
        string image, IEnumerable<string> arguments, int port, ServerAccounts accounts, CancellationToken cancellationToken)
    {
        var name = "mirrored-mysql-" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        var environment = new Dictionary<string, string>
        {
            ["MYSQL_DATABASE"] = accounts.Database,
            ["MYSQL_USER"] = ServerAccounts.Application,
            ["MYSQL_PASSWORD"] = accounts.ApplicationPassword,
            ["MYSQL_ROOT_PASSWORD"] = accounts.AdministratorPassword,
        };
        const string remove = "docker rm --force --volumes \"$1\"";
        var guard = await OwnerGuard.StartAsync("true", remove, [name], cancellationToken).ConfigureAwait(false);
        try
        {
            // An -e without a value takes it from the environment: passwords are not for the process list.
            var passed = environment.Keys.SelectMany(variable => new[] { "-e", variable });
            await DockerCommand.RunAsync(
                ["run", "--detach", "--name", name, "--publish", $"127.0.0.1:{port}:3306", .. passed, image, .. arguments],
                cancellationToken, environment).ConfigureAwait(false);
            return new ContainerControl(name, guard);
        }
        catch
        {
            await guard.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
