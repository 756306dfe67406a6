using System.Collections.Frozen;
using System.Data.Common;
using System.Globalization;

namespace MirroredMySql.Drivers;

/// <summary>
/// One node's connection string, read through the driver's own builder: checked against what would defeat mirroring, and
/// completed with what mirroring needs. Messages name the node and the keyword, never a value.
/// </summary>
internal sealed class NodeConnectionString
{
    private readonly NodeRole? _role; // null for the witness
    private readonly DbConnectionStringBuilder _builder;

    private NodeConnectionString(NodeRole? role, DbConnectionStringBuilder builder)
    {
        _role = role;
        _builder = builder;
    }

    /// <summary>Keywords in which two nodes may differ. In all others a difference would make the same statement mean two things.</summary>
    private static readonly FrozenSet<string> MayDiffer = new[]
    {
        "server", "port", "protocol", "connectionprotocol", "pipename", "sharedmemoryname", "database", "userid", "persistsecurityinfo",
        "applicationname", "connectiontimeout", "keepalive", "pooling", "minimumpoolsize", "maximumpoolsize", "minpoolsize", "maxpoolsize", "connectionlifetime",
        "connectionidletimeout", "connectionidlepingtime", "cancellationtimeout", "dnscheckinterval", "usecompression", "serverspn",
        "connectionreset", "allowpublickeyretrieval", "serverrsapublickeyfile", "defaultauthenticationplugin", "serverredirectionmode", "dnssrv",
    }.ToFrozenSet();

    private static readonly string[] SecretWords = ["password", "pwd"];

    private static readonly string[] MayDifferBeginnings = ["password", "pwd", "ssl", "tls", "certificate", "oci", "kerberos"];

    /// <summary>Switches that mirroring needs in one position, and why.</summary>
    private static readonly (string Keyword, bool Required, string Why)[] Switches =
    [
        ("Auto Enlist", false, "the mirrored connection itself answers for ambient transactions"),
        ("AllowBatch", true, "a write, its context and its transaction travel in one packet"),
        ("Sql Server Mode", false, "square brackets would be quotes to the driver only"),
    ];

    /// <summary>Reads a string that the mirror opens connections with; what mirroring needs is added where the caller is silent.</summary>
    /// <param name="role">The node.</param>
    /// <param name="connectionString">The caller's string.</param>
    /// <param name="driver">The driver.</param>
    /// <param name="timeout">How long connecting may take where the caller does not say.</param>
    /// <exception cref="MirroredDbException">The connection string cannot be used; the message says why and what to do.</exception>
    public static NodeConnectionString Parse(NodeRole role, string? connectionString, DbProviderFactory driver, TimeSpan? timeout = null) =>
        ParseAny(role, connectionString, driver, timeout);

    /// <summary>Reads the string of the witness: it is asked rarely, over a fresh connection each time, and may not be waited for.</summary>
    /// <exception cref="MirroredDbException">The connection string cannot be used; the message says why and what to do.</exception>
    public static NodeConnectionString ParseWitness(string? connectionString, TimeSpan timeout, DbProviderFactory driver)
    {
        var parsed = ParseAny(null, connectionString, driver, timeout);
        var seconds = (int)Math.Ceiling(timeout.TotalSeconds);
        parsed._builder["Pooling"] = false;
        parsed._builder["Connection Timeout"] = Math.Min(parsed.ConnectTimeout, seconds);
        parsed._builder["Default Command Timeout"] = seconds;
        return parsed;
    }

    private static NodeConnectionString ParseAny(NodeRole? role, string? connectionString, DbProviderFactory driver, TimeSpan? timeout)
    {
        var parsed = Read(role, connectionString, driver, out var written);
        var seconds = timeout is { } time ? (int)Math.Ceiling(time.TotalSeconds) : (int?)null;
        if (seconds is not null && !written.Overlaps(["connecttimeout", "connectiontimeout"]))
            TrySet(parsed._builder, "Connect Timeout", seconds);
        parsed.Probe = parsed.ProbeWith(driver, seconds);
        foreach (var (keyword, required, why) in Switches)
        {
            if (parsed.Switch(keyword) is not { } value || value == required)
                continue;
            if (written.Contains(Canonical(keyword)))
                throw Invalid(role, $"sets '{keyword}' to {value}, which defeats mirroring: {why}. Remove it, or set it to {required}.");
            parsed._builder[keyword] = required;
        }

        return parsed;
    }

    /// <summary>Reads the string of a data source that the caller made: what it lacks is the caller's to set.</summary>
    /// <exception cref="MirroredDbException">The data source cannot be used; the message says why and what to do.</exception>
    public static NodeConnectionString Of(NodeRole role, DbDataSource source, DbProviderFactory driver)
    {
        var parsed = Read(role, source.ConnectionString, driver, out _);
        foreach (var (keyword, required, why) in Switches)
        {
            // Ambient transactions are kept from the inner connections when they are opened, so this one needs no setting.
            if (keyword != "Auto Enlist" && parsed.Switch(keyword) is { } value && value != required)
                throw Invalid(role, $"needs '{keyword}={required}': otherwise {why}. Set it where the data source is made.");
        }

        return parsed;
    }

    /// <summary>The whole string for a connection beside the pool, which is only to find out whether the node answers.</summary>
    public string Probe { get; private set; } = "";

    /// <summary>The whole string, password included: for the driver only.</summary>
    public string Value => _builder.ConnectionString;

    /// <summary>The string without what authenticates.</summary>
    public string WithoutSecrets
    {
        get
        {
            var copy = new DbConnectionStringBuilder { ConnectionString = _builder.ConnectionString };
            foreach (var key in copy.Keys.Cast<string>().Where(key => IsSecret(Canonical(key))).ToList())
                copy.Remove(key);
            return copy.ConnectionString;
        }
    }

    public string Server => Text("Server") ?? "";

    public string Database => Text("Database") ?? "";

    public string Port => Text("Port") ?? "3306";

    /// <summary>
    /// Whether the driver clears a session before it hands a pooled connection to the next user. MySqlConnector does; MySql.Data
    /// does not unless asked, and then logs in again each time, which takes longer than most statements.
    /// </summary>
    public bool ClearsSessions => Switch("Connection Reset") ?? false;

    /// <summary>The time that the driver waits for a command, in seconds; 30 is the default of both drivers.</summary>
    public int CommandTimeout => int.TryParse(Text("Default Command Timeout"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 30;

    /// <summary>The time that the driver waits for a connection, in seconds; 15 is the default of both drivers.</summary>
    public int ConnectTimeout => int.TryParse(Text("Connection Timeout"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 15;

    /// <summary>Refuses two strings that mean the same database, or two ways to read the same statement.</summary>
    /// <exception cref="MirroredDbException">The two do not make a pair.</exception>
    public static void RequirePair(NodeConnectionString primary, NodeConnectionString standby)
    {
        if (Same(primary.Server, standby.Server) && primary.Port == standby.Port && Same(primary.Database, standby.Database))
        {
            throw new MirroredDbException(
                $"The primary and the standby are the same database ({primary.Server}:{primary.Port}/{primary.Database}). "
                + "Every write would run twice on it. Give the standby a server of its own.");
        }

        var keywords = primary._builder.Keys.Cast<string>().Union(standby._builder.Keys.Cast<string>());
        foreach (var keyword in keywords.Where(keyword => MustAgree(Canonical(keyword))))
        {
            if (!Same(primary.Text(keyword), standby.Text(keyword)))
            {
                throw new MirroredDbException($"The option '{keyword}' differs between the connection strings of the primary and the "
                    + "standby, so one statement could mean two things. Set it to the same value in both.");
            }
        }
    }

    private string ProbeWith(DbProviderFactory driver, int? seconds)
    {
        var probe = driver.CreateConnectionStringBuilder()!;
        probe.ConnectionString = Value;
        TrySet(probe, "Pooling", false);
        if (seconds is not null)
            TrySet(probe, "Connect Timeout", seconds);
        return probe.ConnectionString;
    }

    private static NodeConnectionString Read(
        NodeRole? role, string? connectionString, DbProviderFactory driver, out HashSet<string> written)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw Invalid(role, "is missing. Set it in the driver's usual form: Server=…;Database=…;User ID=…;Password=….");
        var builder = driver.CreateConnectionStringBuilder()
            ?? throw new MirroredDbException($"{driver.GetType().FullName} offers no connection string builder. {DriverLocator.Remedy}");
        var generic = new DbConnectionStringBuilder();
        try
        {
            generic.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            // The framework's message may quote a part of the string, and that part may be the password: it is left out.
            throw Invalid(role, "is malformed. It must be a list of keyword=value pairs parted by semicolons; "
                + "put a value that holds a semicolon, a quote or an equals sign into double quotes.");
        }

        written = [];
        foreach (var keyword in generic.Keys.Cast<string>())
        {
            if (!TrySet(builder, keyword, generic[keyword]))
            {
                throw Invalid(role, IsPlainKeyword(keyword, connectionString)
                    ? $"has a keyword '{keyword}' that {driver.GetType().Namespace} does not know, or a value that does not fit it."
                    : $"has a keyword that {driver.GetType().Namespace} does not know, or a value that does not fit its keyword. "
                        + "Put the password into double quotes if it holds a semicolon, a quote or an equals sign.");
            }

            written.Add(Canonical(keyword));
        }

        var parsed = new NodeConnectionString(role, builder);
        parsed.RequireOneServerAndDatabase(written);
        return parsed;
    }

    private void RequireOneServerAndDatabase(HashSet<string> written)
    {
        if (!written.Overlaps(["server", "host", "datasource", "address", "addr", "networkaddress"]) || Server.Length == 0)
            throw Invalid(_role, "names no server. Add Server=….");
        if (Server.Contains(',', StringComparison.Ordinal))
            throw Invalid(_role, "names several servers. A node is one server; the mirror chooses between the two nodes.");
        if (Database.Length == 0)
            throw Invalid(_role, "names no database. Add Database=….");
    }

    /// <summary>The value in force of a switch, or null when the driver does not know it.</summary>
    private bool? Switch(string keyword) => bool.TryParse(Text(keyword), out var value) ? value : null;

    /// <summary>The value in force of a keyword, defaults included, or null when the driver does not know it.</summary>
    private string? Text(string keyword)
    {
        try
        {
            return Convert.ToString(_builder[keyword], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static bool TrySet(DbConnectionStringBuilder builder, string keyword, object value)
    {
        try
        {
            builder[keyword] = value;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or KeyNotFoundException or InvalidCastException
            or InvalidOperationException)
        {
            return false;
        }
    }

    // A badly quoted password makes a part of itself look like a keyword: only what stands before any password is shown.
    private static bool IsPlainKeyword(string keyword, string connectionString)
    {
        var secret = SecretWords
            .Select(word => connectionString.IndexOf(word, StringComparison.OrdinalIgnoreCase)).Where(at => at >= 0).DefaultIfEmpty(connectionString.Length).Min();
        return keyword.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ')
            && connectionString[..secret].Split(';').Any(part => part.Split('=')[0].Trim().Equals(keyword, StringComparison.OrdinalIgnoreCase));
    }

    private static bool MustAgree(string canonical) =>
        !MayDiffer.Contains(canonical) && !MayDifferBeginnings.Any(b => canonical.StartsWith(b, StringComparison.Ordinal));

    private static bool IsSecret(string canonical) =>
        canonical.StartsWith("password", StringComparison.Ordinal) || canonical.StartsWith("pwd", StringComparison.Ordinal)
        || canonical.EndsWith("password", StringComparison.Ordinal);

    private static string Canonical(string keyword) => string.Concat(keyword.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static MirroredDbException Invalid(NodeRole? role, string what) =>
        new($"The connection string of the {role?.Name() ?? "witness"} {what}") { Node = role };
}
