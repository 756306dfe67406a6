namespace MirroredMySql.LocalServers;

/// <summary>The two server families, which differ in how they are initialised, started and logged in to.</summary>
public enum ServerFlavor
{
    /// <summary>MariaDB Server.</summary>
    MariaDb,

    /// <summary>MySQL Server.</summary>
    MySql,
}

/// <summary>The flavours by the names that people and scripts call them.</summary>
public static class ServerFlavors
{
    /// <summary>Reads <c>mariadb</c> or <c>mysql</c>, in any case.</summary>
    /// <returns><see langword="false"/> when the text is neither.</returns>
    public static bool TryParse(string? text, out ServerFlavor flavor)
    {
        flavor = string.Equals(text, "mysql", StringComparison.OrdinalIgnoreCase) ? ServerFlavor.MySql : ServerFlavor.MariaDb;
        return flavor == ServerFlavor.MySql || string.Equals(text, "mariadb", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The name that <see cref="TryParse"/> reads and <c>test/install-servers.sh</c> takes.</summary>
    public static string ToName(this ServerFlavor flavor) => flavor == ServerFlavor.MySql ? "mysql" : "mariadb";
}
