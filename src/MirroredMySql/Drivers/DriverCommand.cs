using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Reflection;

namespace MirroredMySql.Drivers;

/// <summary>What the two drivers' commands and connections offer beside System.Data.Common, and how to copy a command's parameters.</summary>
internal static class DriverCommand
{
    private const string DriverType = "MySqlDbType"; // so named by both

    private static readonly ConcurrentDictionary<(Type Type, string Property), PropertyInfo?> Properties = new();

    /// <summary>The insert id of the OK packet, or 0 where the driver has no such property.</summary>
    public static long LastInsertedId(DbCommand command) => ReadNumber(command, "LastInsertedId");

    /// <summary>A copy of a parameter: a parameter object belongs to one command only.</summary>
    public static DbParameter Clone(DbParameter parameter)
    {
        if (parameter is not ICloneable cloneable)
            throw new MirroredDbException($"The driver's {parameter.GetType().Name} cannot be cloned. {DriverLocator.Remedy}");
        var clone = (DbParameter)cloneable.Clone();
        // MySql.Data's clone turns AnsiStringFixedLength into StringFixedLength.
        if (clone.DbType != parameter.DbType)
            clone.DbType = parameter.DbType;
        return clone;
    }

    /// <summary>
    /// Replaces every stream among the parameter values by what it holds, because two nodes cannot read one stream.
    /// </summary>
    public static void BufferStreams(DbParameterCollection parameters)
    {
        foreach (DbParameter parameter in parameters)
        {
            switch (parameter.Value)
            {
                case MemoryStream memory:
                    parameter.Value = memory.ToArray();
                    break;
                case Stream stream:
                    using (var copy = new MemoryStream())
                    {
                        stream.CopyTo(copy);
                        parameter.Value = copy.ToArray();
                    }

                    break;
            }
        }
    }

    /// <summary>A value that its owner cannot change any more.</summary>
    public static object? Detached(object? value) => value switch
    {
        Array array => array.Clone(),
        Memory<byte> memory => memory.ToArray(),
        ReadOnlyMemory<byte> memory => memory.ToArray(),
        ArraySegment<byte> segment => segment.ToArray(),
        _ => value,
    };

    /// <summary>The driver's own type of a parameter as a number, or null where it has none.</summary>
    public static int? ProviderType(DbParameter parameter) =>
        Property(parameter, DriverType)?.GetValue(parameter) is { } type ? Convert.ToInt32(type, CultureInfo.InvariantCulture) : null;

    /// <summary>Gives a parameter the driver's own type that <see cref="ProviderType"/> has told.</summary>
    public static void SetProviderType(DbParameter parameter, int type)
    {
        if (Property(parameter, DriverType) is { } property)
            property.SetValue(parameter, Enum.ToObject(property.PropertyType, type));
    }

    /// <summary>How long a command of the connection may take, in seconds, if nobody says otherwise; 0 is no limit.</summary>
    public static int DefaultTimeout(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        return command.CommandTimeout;
    }

    /// <summary>The server's number of a connection, or 0 where the driver does not tell it.</summary>
    public static long ServerThread(DbConnection connection) => ReadNumber(connection, "ServerThread");

    private static PropertyInfo? Property(object instance, string property) =>
        Properties.GetOrAdd((instance.GetType(), property), static key => Find(key.Type, key.Property));

    private static long ReadNumber(object instance, string property)
    {
        var info = Property(instance, property);
        return info is null ? 0 : Convert.ToInt64(info.GetValue(instance), CultureInfo.InvariantCulture);
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("Trimming", "IL2070",
        Justification = "The property is a public member of the driver's own type that applications use; without it the value is 0.")]
    private static PropertyInfo? Find(Type type, string property) => type.GetProperty(property);
}
