using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MirroredMySql.LocalServers.Processes;

/// <summary>A server binary on this machine.</summary>
/// <param name="Flavor">What it really is, whatever its name: Debian's MariaDB is also called <c>mysqld</c>.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Version">For example <c>10.11.19-MariaDB</c>.</param>
internal sealed partial record ServerBinary(ServerFlavor Flavor, string Path, string Version)
{
    /// <summary>Looks in the order that <see cref="LocalServer"/> documents; <see langword="null"/> when there is none.</summary>
    public static async Task<ServerBinary?> FindAsync(ServerFlavor flavor, string? explicitPath, CancellationToken cancellationToken)
    {
        var variable = flavor == ServerFlavor.MySql ? "MIRROREDMYSQL_MYSQLD" : "MIRROREDMYSQL_MARIADBD";
        explicitPath ??= NullIfEmpty(Environment.GetEnvironmentVariable(variable));
        if (explicitPath is not null)
        {
            var asked = await InspectAsync(explicitPath, cancellationToken).ConfigureAwait(false);
            var what = asked is null ? "no server that runs" : $"{asked.Flavor} {asked.Version}";
            return asked?.Flavor == flavor
                ? asked
                : throw new LocalServerException($"'{explicitPath}' (from the options or {variable}) is {what}; {flavor} was asked for.");
        }
        foreach (var candidate in Candidates(flavor).Where(File.Exists))
        {
            if (await InspectAsync(candidate, cancellationToken).ConfigureAwait(false) is { } found && found.Flavor == flavor)
                return found;
        }
        return null;
    }

    private static IEnumerable<string> Candidates(ServerFlavor flavor)
    {
        string[] names = flavor == ServerFlavor.MySql ? ["mysqld"] : ["mariadbd", "mysqld"];
        string[] usual = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin", "/usr/local/bin", "/opt/homebrew/bin"];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return path.Concat(usual).Distinct().SelectMany(_ => names, System.IO.Path.Combine).Append(ServerCache.UnpackedBinary(flavor));
    }

    private static async Task<ServerBinary?> InspectAsync(string path, CancellationToken cancellationToken)
    {
        // The shell keeps quiet about a file that isn't a program, and a server about its complaints.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" --no-defaults --version 2>/dev/null", path])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        var version = VersionPattern().Match(output);
        if (process.ExitCode != 0 || !version.Success)
            return null;
        var flavor = output.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) ? ServerFlavor.MariaDb : ServerFlavor.MySql;
        return new ServerBinary(flavor, path, version.Groups[1].Value);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [GeneratedRegex(@"\bVer (\S+)")]
    private static partial Regex VersionPattern();
}
