using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MirroredMySql.LocalServers.Containers;

/// <summary>The docker command line.</summary>
internal static class DockerCommand
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether there is a daemon that answers.</summary>
    public static async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            await RunAsync(["version", "--format", "{{.Server.Version}}"], timeout.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is LocalServerException or Win32Exception)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Runs one command and returns what it says.</summary>
    /// <exception cref="LocalServerException">It failed; the message is docker's.</exception>
    public static async Task<string> RunAsync(
        IEnumerable<string> arguments, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null)
    {
        var errors = new StringBuilder();
        using var process = Start(arguments, errors, environment);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return Outcome(process, output, errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    /// <inheritdoc cref="RunAsync"/>
    public static string Run(params IEnumerable<string> arguments)
    {
        var errors = new StringBuilder();
        using var process = Start(arguments, errors);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Outcome(process, output, errors);
    }

    /// <summary>The last lines that a container has written; servers write to the error stream, entry points to the other.</summary>
    public static string Logs(string container, int lines)
    {
        var errors = new StringBuilder();
        using var process = Start(["logs", "--tail", lines.ToString(CultureInfo.InvariantCulture), container], errors);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors;
    }

    private static Process Start(
        IEnumerable<string> arguments, StringBuilder errors, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        return process;
    }

    private static string Outcome(Process process, string output, StringBuilder errors) => process.ExitCode == 0
        ? output.Trim()
        : throw new LocalServerException($"docker {process.StartInfo.ArgumentList[0]} failed: {errors.ToString().Trim()}");
}
