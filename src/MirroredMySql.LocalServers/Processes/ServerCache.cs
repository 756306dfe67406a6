namespace MirroredMySql.LocalServers.Processes;

/// <summary>The folder <c>${XDG_CACHE_HOME:-~/.cache}/mirrored-mysql</c>: unpacked servers and initialised data folders.</summary>
internal static class ServerCache
{
    public static string Templates => Path.Combine(Root, "templates");

    private static string Root
    {
        get
        {
            var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(caches))
                caches = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(caches, "mirrored-mysql");
        }
    }

    /// <summary>Where <c>test/install-servers.sh</c> puts a server that the system does not have.</summary>
    public static string UnpackedBinary(ServerFlavor flavor) =>
        Path.Combine(Root, flavor.ToName(), flavor == ServerFlavor.MySql ? "mysqld" : "mariadbd");
}
