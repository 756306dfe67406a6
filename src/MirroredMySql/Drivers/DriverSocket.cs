using System.Collections.Concurrent;
using System.Data.Common;
using System.Net.Sockets;
using System.Reflection;

namespace MirroredMySql.Drivers;

/// <summary>
/// Ends what a driver waits for by closing the socket under it. Neither driver offers that, so its own fields are looked into: without
/// them (another version, trimmed) an asynchronous wait ends all the same, and a synchronous one at the driver's own timeout.
/// </summary>
internal static class DriverSocket
{
    // From a connection to its socket, for MySql.Data and for MySqlConnector.
    private static readonly string[][] Paths = [["driver", "handler", "stream", "socket"], ["m_session", "m_socket"]];

    private static readonly ConcurrentDictionary<(Type Type, string Name), FieldInfo?> Fields = new();

    private static readonly ConcurrentDictionary<Type, MethodInfo?> ClearPools = new();

    public static void Cut(DbConnection connection)
    {
        foreach (var path in Paths)
        {
            object? at = connection;
            foreach (var name in path)
                at = at is null ? null : Field(at.GetType(), name)?.GetValue(at);
            if (at is Socket socket)
                socket.Dispose();
        }
    }

    /// <summary>
    /// Forgets the idle connections of a pool and whatever is still on its way: what waits for a server that never answers would count
    /// against the pool's size for ever.
    /// </summary>
    public static void ClearPool(DbConnection connection) =>
        ClearPools.GetOrAdd(connection.GetType(), static type => Method(type))?.Invoke(null, [connection]);

    private static FieldInfo? Field(Type type, string name) => Fields.GetOrAdd((type, name), static key => Find(key.Type, key.Name));

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Works without: see above.")]
    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Works without: see above.")]
    private static FieldInfo? Find(Type? type, string name)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.GetField(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is { } field)
                return field;
        }

        return null;
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A public method of the driver's own; without it the pool is left as it is.")]
    private static MethodInfo? Method(Type type) => type.GetMethod("ClearPool", BindingFlags.Static | BindingFlags.Public, [type]);
}
