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
        nameof(Primary), nameof(Standby), nameof(ReadPreference), nameof(FailoverPolicy), nameof(Witness), nameof(ConflictResolution),
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
        get => Parse(nameof(ReadPreference), ReadPreference.Lead);
        set => this[nameof(ReadPreference)] = value.ToString();
    }

    /// <summary>Who may take the lead when the node that leads cannot be reached.</summary>
    public FailoverPolicy FailoverPolicy
    {
        get => Parse(nameof(FailoverPolicy), FailoverPolicy.Automatic);
        set => this[nameof(FailoverPolicy)] = value.ToString();
    }

    /// <summary>The connection string of the third server that must agree before a node goes on alone.</summary>
    public string? Witness
    {
        get => Text(nameof(Witness));
        set => this[nameof(Witness)] = value!;
    }

    /// <summary>Which node counts when both have led alone.</summary>
    public ConflictResolution ConflictResolution
    {
        get => Parse(nameof(ConflictResolution), ConflictResolution.Primary);
        set => this[nameof(ConflictResolution)] = value.ToString();
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

        return new MirroredMySqlOptions
        {
            Primary = Primary, Standby = Standby, ReadPreference = ReadPreference, FailoverPolicy = FailoverPolicy, Witness = Witness,
            ConflictResolution = ConflictResolution,
        };
    }

    private string? Text(string keyword) => TryGetValue(keyword, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    private T Parse<T>(string keyword, T fallback)
        where T : struct, Enum =>
        Text(keyword) is not { } text ? fallback
        : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value
        : throw new MirroredDbException($"{keyword} in the mirrored connection string is not valid; it must be {string.Join(", ", Enum.GetNames<T>())}.");
}
