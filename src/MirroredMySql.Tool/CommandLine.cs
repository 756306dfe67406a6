using System.CommandLine;
using System.Data.Common;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool;

/// <summary>What every command does alike: how it ends, and which errors are told in a sentence.</summary>
internal static class CommandLine
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>Ctrl+C asks a command to end; it may take its time to leave nothing behind.</summary>
    public static InvocationConfiguration Configuration { get; } = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>
    /// Gives a command its action. Errors that say themselves what to do are shown without a stack trace; whatever else is thrown is a
    /// bug and keeps it.
    /// </summary>
    public static void Runs(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                return await action(parsed, cancellation);
            }
            catch (Exception exception) when (exception is LocalServerException or DbException)
            {
                await Console.Error.WriteLineAsync($"{command.Name}: {exception.Message}");
                return Failure;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync($"{command.Name}: interrupted");
                return Interrupted;
            }
        });
}
