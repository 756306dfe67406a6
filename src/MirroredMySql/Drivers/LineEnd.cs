using System.Data.Common;

namespace MirroredMySql.Drivers;

/// <summary>For <c>await using</c>: closes a connection of the mirror's own. One that was given up is closed in the background.</summary>
internal readonly struct LineEnd(DbConnection? connection, bool async) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        if (connection is null)
            return default;
        if (Line.Of(connection) is { } line)
            return line.CloseAsync(async);
        if (async)
            return connection.DisposeAsync();
        connection.Dispose();
        return default;
    }
}
