using System.Globalization;

namespace MirroredMySql.LocalServers;

/// <summary>The settings of a server as arguments, apart from where it keeps its files.</summary>
internal static class ServerArguments
{
    /// <summary>What initialisation and every run share. Log files are small, because each server gets a copy of them.</summary>
    public static IEnumerable<string> Common(ServerFlavor flavor)
    {
        yield return "--character-set-server=utf8mb4";
        yield return "--innodb-buffer-pool-size=64M";
        yield return "--innodb-buffer-pool-dump-at-shutdown=OFF";
        yield return "--innodb-buffer-pool-load-at-startup=OFF";
        // The kernel's asynchronous requests are a limited resource of the whole machine: a dozen servers exhaust it.
        yield return "--innodb-use-native-aio=OFF";
        yield return flavor == ServerFlavor.MySql ? "--innodb-redo-log-capacity=32M" : "--innodb-log-file-size=32M";
        if (flavor == ServerFlavor.MySql)
            yield return "--mysqlx=OFF";
    }

    /// <summary>A run that serves clients.</summary>
    public static IEnumerable<string> Serving(ServerFlavor flavor, LocalServerOptions options)
    {
        foreach (var argument in Common(flavor))
            yield return argument;
        yield return "--skip-name-resolve";
        yield return "--max-connections=300";
        yield return "--max-connect-errors=1000000";
        yield return $"--innodb-flush-log-at-trx-commit={options.FlushLogAtCommit.ToString(CultureInfo.InvariantCulture)}";
        yield return "--performance-schema=OFF";
        // With a binary log, ordinary accounts may not create triggers and functions.
        yield return "--skip-log-bin";
        foreach (var argument in options.Arguments)
            yield return argument;
    }
}
