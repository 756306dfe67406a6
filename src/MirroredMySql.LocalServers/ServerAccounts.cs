using System.Security.Cryptography;

namespace MirroredMySql.LocalServers;

/// <summary>The database of a server and its two accounts. The passwords are random, and new for each server.</summary>
internal sealed class ServerAccounts(ServerFlavor flavor, string database)
{
    public const string Application = "app";

    // Beside root@localhost, which no TCP client is. Container images create the same account.
    public const string Administrator = "root";

    public string Database { get; } = database;

    public string ApplicationPassword { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string AdministratorPassword { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>What a server runs at each start, one statement per line.</summary>
    public string ToSql()
    {
        var quoted = '`' + Database.Replace("`", "``", StringComparison.Ordinal) + '`';
        // In GRANT these two are wildcards.
        var granted = quoted.Replace("_", "\\_", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal);
        return $"""
            CREATE DATABASE IF NOT EXISTS {quoted};
            CREATE USER IF NOT EXISTS '{Application}'@'%' IDENTIFIED BY '{ApplicationPassword}';
            GRANT ALL PRIVILEGES ON {granted}.* TO '{Application}'@'%';
            CREATE USER IF NOT EXISTS '{Administrator}'@'%' IDENTIFIED BY '{AdministratorPassword}';
            GRANT ALL PRIVILEGES ON *.* TO '{Administrator}'@'%' WITH GRANT OPTION;

            """;
    }

    /// <summary>What a client needs to reach a server with these accounts.</summary>
    public ServerAddress At(string host, int port)
    {
        // MySQL's accounts log in with caching_sha2_password, which without TLS asks the server for its public key.
        var authentication = flavor == ServerFlavor.MySql ? ";AllowPublicKeyRetrieval=True" : "";
        return new ServerAddress(
            flavor, host, port, Database, Login(Application, ApplicationPassword), Login(Administrator, AdministratorPassword));

        string Login(string user, string password) =>
            $"Server={host};Port={port};User ID={user};Password={password};Database={Database};SslMode=Disabled{authentication}";
    }
}

/// <summary>Where a server is, and how to log in to it.</summary>
internal sealed record ServerAddress(
    ServerFlavor Flavor, string Host, int Port, string Database, string ConnectionString, string AdministratorConnectionString);
