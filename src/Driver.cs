using System.Data.Common;

namespace MirroredMySql;

/// <summary>The driver that this build runs on, chosen by the MSBuild property <c>MySqlDriver</c>.</summary>
internal static class Driver
{
#if MYSQLCONNECTOR
    public const string Name = "MySqlConnector";

    public static DbProviderFactory Factory => MySqlConnector.MySqlConnectorFactory.Instance;
#else
    public const string Name = "MySql.Data";

    public static DbProviderFactory Factory => MySql.Data.MySqlClient.MySqlClientFactory.Instance;
#endif
}
