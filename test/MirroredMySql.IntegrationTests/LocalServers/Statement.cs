using System.Globalization;

namespace MirroredMySql.IntegrationTests.LocalServers;

/// <summary>One statement on a connection of its own, without a pool that would keep connections to killed servers.</summary>
internal static class Statement
{
    public static async Task<string> RunAsync(string connectionString, string sql, CancellationToken cancellationToken = default)
    {
        await using var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = connectionString + ";Pooling=False";
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) ?? "";
    }
}
