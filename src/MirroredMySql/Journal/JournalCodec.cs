using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MirroredMySql.Drivers;

namespace MirroredMySql.Journal;

/// <summary>A recorded transaction as bytes. Values keep their .NET types, so that the driver does with them what it did the first time.</summary>
internal static class JournalCodec
{
    /// <summary>What the bytes of a schema change end with, as JSON has it; by that they are found without being read.</summary>
    public const string SchemaChangeEnd = """
        "IsSchemaChange":true}
        """;

    // Grows with every change of what an entry means.
    private const int Version = 2;

    /// <summary>The bytes, or null where a parameter has a value of a type that is not known here.</summary>
    public static byte[]? Encode(RecordedTransaction transaction)
    {
        var prelude = transaction.Prelude.Select(Encode).ToList();
        var writes = transaction.Writes.Select(Encode).ToList();
        if (prelude.Contains(null) || writes.Contains(null))
            return null;
        return JsonSerializer.SerializeToUtf8Bytes(
            new JournalTransaction(Version, transaction.Database, prelude!, writes!, transaction.IsSchemaChange), JournalJson.Default.JournalTransaction);
    }

    /// <exception cref="Exception">These are not the bytes of a transaction, or not of this version: there are many ways to be wrong.</exception>
    public static RecordedTransaction Decode(byte[] bytes, DbCommand maker)
    {
        var transaction = JsonSerializer.Deserialize(bytes, JournalJson.Default.JournalTransaction) ?? throw new JsonException("The journal entry is empty.");
        if (transaction.Version != Version)
            throw new JsonException($"The journal entry is of version {transaction.Version}, and this process knows version {Version} only.");
        return new RecordedTransaction(
            transaction.Database, [.. transaction.Prelude.Select(w => Decode(w, maker))], [.. transaction.Writes.Select(w => Decode(w, maker))],
            transaction.IsSchemaChange);
    }

    private static JournalWrite? Encode(RecordedWrite write)
    {
        var parameters = new List<JournalParameter>(write.Parameters.Count);
        foreach (var parameter in write.Parameters)
        {
            // As a text the drivers write the name of a constant, otherwise its number.
            if (parameter is { Value: Enum, DbType: DbType.String or DbType.AnsiString or DbType.StringFixedLength or DbType.AnsiStringFixedLength })
                return null;
            if (Encode(parameter.Value) is not var (type, value))
                return null;
            parameters.Add(new JournalParameter(
                parameter.ParameterName, parameter.DbType, DriverCommand.ProviderType(parameter), parameter.Direction, parameter.Size, type, value));
        }

        return new JournalWrite(write.Before, write.Text, write.Type, write.After, parameters, write.ReadsTables, write.Affected, write.Sources);
    }

    private static RecordedWrite Decode(JournalWrite write, DbCommand maker) =>
        new(write.Before, write.Text, write.Type, write.After, [.. write.Parameters.Select(p => Decode(p, maker))]) { ReadsTables = write.ReadsTables, Affected = write.Affected, Sources = write.Sources };

    private static DbParameter Decode(JournalParameter from, DbCommand maker)
    {
        var parameter = maker.CreateParameter();
        parameter.ParameterName = from.Name;
        parameter.Direction = from.Direction;
        parameter.DbType = from.Type;
        if (from.ProviderType is { } type)
            DriverCommand.SetProviderType(parameter, type);
        parameter.Size = from.Size;
        parameter.Value = Decode(from.ValueType, from.Value);
        return parameter;
    }

    private static (string Type, string Value)? Encode(object? value)
    {
        if (value is Enum constant)
            value = Convert.ChangeType(constant, Enum.GetUnderlyingType(constant.GetType()), CultureInfo.InvariantCulture);
        return value switch
        {
            null => ("null", ""),
            DBNull => ("DBNull", ""),
            string text => ("string", text),
            char letter => ("char", letter.ToString()),
            byte[] bytes => ("bytes", Convert.ToBase64String(bytes)),
            bool flag => ("bool", flag ? "1" : "0"),
            Guid id => ("guid", id.ToString("D")),
            DateTime moment => ("datetime", moment.ToString("O", CultureInfo.InvariantCulture)),
            DateTimeOffset moment => ("datetimeoffset", moment.ToString("O", CultureInfo.InvariantCulture)),
            DateOnly day => ("date", day.ToString("O", CultureInfo.InvariantCulture)),
            TimeOnly time => ("time", time.ToString("O", CultureInfo.InvariantCulture)),
            TimeSpan span => ("timespan", span.ToString("c", CultureInfo.InvariantCulture)),
            double number => ("double", number.ToString("R", CultureInfo.InvariantCulture)),
            float number => ("float", number.ToString("R", CultureInfo.InvariantCulture)),
            sbyte or byte or short or ushort or int or uint or long or ulong or decimal =>
                (value.GetType().Name, Convert.ToString(value, CultureInfo.InvariantCulture)!),
            _ => null,
        };
    }

    private static object? Decode(string type, string value) => type switch
    {
        "null" => null,
        "DBNull" => DBNull.Value,
        "string" => value,
        "char" => value[0],
        "bytes" => Convert.FromBase64String(value),
        "bool" => value == "1",
        "guid" => Guid.Parse(value),
        "datetime" => DateTime.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "datetimeoffset" => DateTimeOffset.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "date" => DateOnly.Parse(value, CultureInfo.InvariantCulture),
        "time" => TimeOnly.Parse(value, CultureInfo.InvariantCulture),
        "timespan" => TimeSpan.Parse(value, CultureInfo.InvariantCulture),
        "double" => double.Parse(value, CultureInfo.InvariantCulture),
        "float" => float.Parse(value, CultureInfo.InvariantCulture),
        nameof(SByte) => sbyte.Parse(value, CultureInfo.InvariantCulture),
        nameof(Byte) => byte.Parse(value, CultureInfo.InvariantCulture),
        nameof(Int16) => short.Parse(value, CultureInfo.InvariantCulture),
        nameof(UInt16) => ushort.Parse(value, CultureInfo.InvariantCulture),
        nameof(Int32) => int.Parse(value, CultureInfo.InvariantCulture),
        nameof(UInt32) => uint.Parse(value, CultureInfo.InvariantCulture),
        nameof(Int64) => long.Parse(value, CultureInfo.InvariantCulture),
        nameof(UInt64) => ulong.Parse(value, CultureInfo.InvariantCulture),
        nameof(Decimal) => decimal.Parse(value, CultureInfo.InvariantCulture),
        _ => throw new JsonException($"The journal holds a value of type {type}, which this version does not know."),
    };
}

internal sealed record JournalTransaction(int Version, string Database, List<JournalWrite> Prelude, List<JournalWrite> Writes, bool IsSchemaChange);

internal sealed record JournalWrite(string Before, string Text, CommandType Type, string After, List<JournalParameter> Parameters, bool ReadsTables, int? Affected,
    IReadOnlyList<string> Sources);

internal sealed record JournalParameter(
    string Name, DbType Type, int? ProviderType, ParameterDirection Direction, int Size, string ValueType, string Value);

[JsonSerializable(typeof(JournalTransaction))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
internal sealed partial class JournalJson : JsonSerializerContext;
