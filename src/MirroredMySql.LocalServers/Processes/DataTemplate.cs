namespace MirroredMySql.LocalServers.Processes;

/// <summary>
/// A freshly initialised data folder. Initialising takes seconds, copying a fraction of one, so it is done once per server version and kept
/// in the <see cref="ServerCache"/>.
/// </summary>
internal static class DataTemplate
{
    // Part of the cached folder's name: a change of what is initialised below must change it too.
    private const int Revision = 1;

    private static readonly string[] MariaDbScripts = ["system_tables", "performance_tables", "system_tables_data", "sys_schema"];

    private static readonly TimeSpan InitializationTimeout = TimeSpan.FromMinutes(3);

    /// <summary>Puts a copy of the template into <see cref="ServerFolder.Data"/>.</summary>
    public static async Task CopyToAsync(ServerFolder folder, ServerBinary binary, CancellationToken cancellationToken)
    {
        var template = Path.Combine(ServerCache.Templates, $"{binary.Flavor.ToName()}-{binary.Version.Replace('/', '_')}-{Revision}");
        if (!Directory.Exists(template))
        {
            Directory.CreateDirectory(ServerCache.Templates);
            using var turn = await WaitForTurnAsync(template + ".lock", cancellationToken).ConfigureAwait(false);
            if (!Directory.Exists(template))
                await CreateAsync(template, binary, cancellationToken).ConfigureAwait(false);
        }
        Copy(template, folder.Data);
    }

    // .NET holds a file lock (flock) for a file that it opens without sharing: between processes, and gone with the process.
    private static async Task<FileStream> WaitForTurnAsync(string lockFile, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not DirectoryNotFoundException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task CreateAsync(string template, ServerBinary binary, CancellationToken cancellationToken)
    {
        // In a folder of its own first, whose guard clears up if this process dies halfway.
        var folder = await ServerFolder.CreateAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Directory.CreateDirectory(folder.Data);
            var run = binary.Flavor == ServerFlavor.MySql ? InitializeMySql(folder, binary) : InitializeMariaDb(folder, binary);
            using (run)
                await FinishAsync(run, folder, binary, cancellationToken).ConfigureAwait(false);
            File.Delete(Path.Combine(folder.Data, "auto.cnf")); // The identity of a MySQL server; each copy makes its own.

            var unfinished = template + ".new";
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            Copy(folder.Data, unfinished);
            Directory.Move(unfinished, template);
        }
        finally
        {
            await folder.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static ServerProcess InitializeMySql(ServerFolder folder, ServerBinary binary) =>
        ServerProcess.Start(folder, binary, ["--initialize-insecure", .. Arguments(folder, binary)]);

    // What mariadb-install-db does, without the help texts and the test database. The script itself wants programs of the client package.
    private static ServerProcess InitializeMariaDb(ServerFolder folder, ServerBinary binary)
    {
        var scripts = MariaDbScripts
            .Select(name => FindScript(binary, $"mariadb_{name}.sql", $"mysql_{name}.sql"))
            .Append(FindScript(binary, "maria_add_gis_sp_bootstrap.sql"))
            .ToArray();
        var input = Path.Combine(folder.Path, "bootstrap.sql");
        // With a name for the socket's root account no account without a password is created.
        File.WriteAllText(input, "create database mysql;\nuse mysql;\nset @auth_root_socket='root', @skip_auth_anonymous=1;\n");
        foreach (var script in scripts)
            File.AppendAllText(input, File.ReadAllText(script) + "\n");
        var messages = $"--lc-messages-dir={Path.GetDirectoryName(scripts[0])}";
        return ServerProcess.Start(folder, binary, ["--bootstrap", messages, .. Arguments(folder, binary)], input);
    }

    private static IEnumerable<string> Arguments(ServerFolder folder, ServerBinary binary) =>
        [.. folder.Arguments(binary.Flavor), .. ServerArguments.Common(binary.Flavor)];

    private static string FindScript(ServerBinary binary, params string[] names)
    {
        var path = File.ResolveLinkTarget(binary.Path, returnFinalTarget: true)?.FullName ?? binary.Path;
        var installation = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        string[] folders = ["share/mysql", "share/mariadb", "share"];
        return folders.SelectMany(_ => names, (folder, name) => Path.Combine(installation, folder, name)).FirstOrDefault(File.Exists)
            ?? throw new LocalServerException($"'{path}' cannot be initialised, no {string.Join(" or ", names)} in '{installation}/share'.");
    }

    private static async Task FinishAsync(ServerProcess run, ServerFolder folder, ServerBinary binary, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(InitializationTimeout);
        await run.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
        if (run.ExitCode != 0)
            throw new LocalServerException($"'{binary.Path}' failed to initialise a data folder:\n{ServerLog.Tail(folder.Log)}");
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(source))
            Copy(folder, Path.Combine(target, Path.GetFileName(folder)));
    }
}
