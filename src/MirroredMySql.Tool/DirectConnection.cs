using System.Data.Common;

namespace MirroredMySql.Tool;

/// <summary>Connections to one node, past the mirror.</summary>
internal static class DirectConnection
{
    public static async Task<DbConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = Driver.Factory.CreateConnection()!;
        try
        {
            connection.ConnectionString = connectionString;
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
