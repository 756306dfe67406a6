using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MirroredMySql;

/// <summary>
/// One string that holds both nodes' connection strings, for code that knows no more than a provider name and a connection string:
/// <c>Primary="Server=…;…";Standby="Server=…;…"</c>. Not thread-safe.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "ADO.NET calls them builders.")]
public sealed class MirroredDbConnectionStringBuilder : DbConnectionStringBuilder
{
    private static readonly string[] Known =
    [
        nameof(Primary), nameof(Standby), nameof(MirroredMySqlOptions.ReadPreference), nameof(MirroredMySqlOptions.FailoverEnabled),
    ];

    /// <summary>Creates an empty builder.</summary>
    public MirroredDbConnectionStringBuilder()
    {
    }

    /// <summary>Creates a builder from a string.</summary>
    public MirroredDbConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>The primary's connection string.</summary>
    public string? Primary
    {
        get => Text(nameof(Primary));
        set => this[nameof(Primary)] = value!;
    }

    /// <summary>The standby's connection string.</summary>
    public string? Standby
    {
        get => Text(nameof(Standby));
        set => this[nameof(Standby)] = value!;
    }

    /// <summary>Where a read goes that needs no particular node.</summary>
    public ReadPreference ReadPreference
    {
        get => Parse(nameof(ReadPreference), ReadPreference.Lead, value => Enum.TryParse<ReadPreference>(value, ignoreCase: true, out var p) && Enum.IsDefined(p) ? p : null);
        set => this[nameof(ReadPreference)] = value.ToString();
    }

    /// <summary>Whether the other node takes the lead when the one that leads cannot be reached.</summary>
    public bool FailoverEnabled
    {
        get => Parse(nameof(FailoverEnabled), true, value => bool.TryParse(value, out var enabled) ? enabled : null);
        set => this[nameof(FailoverEnabled)] = value;
    }

    /// <summary>The options that the string stands for.</summary>
    /// <exception cref="MirroredDbException">A keyword is not known, or its value is not valid.</exception>
    internal MirroredMySqlOptions ToOptions()
    {
        foreach (var keyword in Keys.Cast<string>())
        {
            if (!Known.Contains(keyword, StringComparer.OrdinalIgnoreCase))
            {
                // Unquoted, a node's string spills its password into what looks like a keyword: none is shown.
                throw new MirroredDbException(
                    $"A mirrored connection string takes {string.Join(", ", Known)}, and this one has another keyword. Put the string of each node "
                    + "into double quotes: everything else belongs into the string of a node.");
            }
        }

        return new MirroredMySqlOptions { Primary = Primary, Standby = Standby, ReadPreference = ReadPreference, FailoverEnabled = FailoverEnabled };
    }

    private string? Text(string keyword) => TryGetValue(keyword, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    private T Parse<T>(string keyword, T fallback, Func<string, T?> parse)
        where T : struct =>
        Text(keyword) is not { } text ? fallback : parse(text) ?? throw new MirroredDbException($"{keyword} in the mirrored connection string is not valid.");
}
