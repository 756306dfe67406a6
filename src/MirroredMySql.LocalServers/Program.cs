using System.Runtime.InteropServices;

namespace MirroredMySql.LocalServers;

/// <summary>
/// <c>dotnet run --project src/MirroredMySql.LocalServers mariadb</c> starts a pair to try things on, and prints its connection strings as
/// the environment variables by which tests use it. Ctrl+C, or the end of standard input, ends both servers.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var name] || !ServerFlavors.TryParse(name, out var flavor))
        {
            await Console.Error.WriteLineAsync("One argument is expected: mariadb or mysql.").ConfigureAwait(false);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var pair = await LocalServerPair.StartAsync(flavor, cancellationToken: stop.Token).ConfigureAwait(false);
            await using (pair.ConfigureAwait(false))
            {
                Print(pair.Primary, AttachedServers.PrimaryVariable);
                Print(pair.Standby, AttachedServers.StandbyVariable);
                await Task.Run(Console.In.ReadToEnd, CancellationToken.None).WaitAsync(stop.Token).ConfigureAwait(false);
            }
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (LocalServerException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static void Print(LocalServer server, string variable)
    {
        if (server.CanControl)
            Console.WriteLine($"# process {server.ProcessId}, data in {server.DataFolder ?? "a container"}");
        Console.WriteLine($"export {variable}='{server.ConnectionString}'");
    }
}
