using System.Data.Common;

namespace MirroredMySql.Drivers;

/// <summary>Finds the MySQL driver that the application has installed, for callers that name none.</summary>
internal static class DriverLocator
{
    public const string Remedy =
        "Install the NuGet package MySqlConnector (recommended) or MySql.Data, or pass the driver's DbProviderFactory.";

    // The names are literals so that trimming and native compilation keep the types.
    private static readonly Func<Type?>[] FactoryTypes =
    [
        () => Type.GetType("MySqlConnector.MySqlConnectorFactory, MySqlConnector", throwOnError: false),
        () => Type.GetType("MySql.Data.MySqlClient.MySqlClientFactory, MySql.Data", throwOnError: false),
    ];

    private static readonly Lazy<DbProviderFactory?> Installed = new(Search);

    /// <exception cref="MirroredDbException">No driver is installed.</exception>
    public static DbProviderFactory Find() =>
        Installed.Value ?? throw new MirroredDbException($"No MySQL driver is installed. {Remedy}");

    private static DbProviderFactory? Search() =>
        FactoryTypes.Select(type => type()).OfType<Type>().Select(InstanceOf).FirstOrDefault(factory => factory is not null);

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("Trimming", "IL2070",
        Justification = "Both types are named by literals above; DbProviderFactory implementations are found by this very field everywhere.")]
    private static DbProviderFactory? InstanceOf(Type type) => type.GetField("Instance")?.GetValue(null) as DbProviderFactory;
}
