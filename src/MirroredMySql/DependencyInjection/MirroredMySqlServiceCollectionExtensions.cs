using System.Data.Common;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MirroredMySql;
using MirroredMySql.DependencyInjection;

#pragma warning disable IDE0130 // Extension methods of this kind stand in the namespace that every composition root imports.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers mirrored data sources.</summary>
public static class MirroredMySqlServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="MirroredDbDataSource"/> under a key, as a singleton, together with <see cref="DbDataSource"/>,
    /// <see cref="MirroredDbConnection"/> and <see cref="DbConnection"/> (transient, closed). What is not registered without a key
    /// yet is registered without one too.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, and the name of the options.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddMirroredMySql(this IServiceCollection services, string name, Action<MirroredMySqlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddMirroredMySql(name, (options, _) => configure(options));
    }

    /// <inheritdoc cref="AddMirroredMySql(IServiceCollection, string, Action{MirroredMySqlOptions})"/>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, and the name of the options.</param>
    /// <param name="configure">Sets the options, with other services at hand.</param>
    public static IServiceCollection AddMirroredMySql(
        this IServiceCollection services, string name, Action<MirroredMySqlOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);

        services.AddOptions<MirroredMySqlOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MirroredMySqlOptions>, MirroredMySqlOptionsValidator>());

        services.TryAddKeyedSingleton(name, (provider, _) => new MirroredDbDataSource(
            provider.GetRequiredService<IOptionsMonitor<MirroredMySqlOptions>>().Get(name),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<TimeProvider>()));
        services.TryAddKeyedSingleton<DbDataSource>(name, (provider, key) => provider.GetRequiredKeyedService<MirroredDbDataSource>(key));
        services.TryAddKeyedTransient(name, (provider, key) => provider.GetRequiredKeyedService<MirroredDbDataSource>(key).CreateConnection());
        services.TryAddKeyedTransient<DbConnection>(name, (provider, key) => provider.GetRequiredKeyedService<MirroredDbConnection>(key));

        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<MirroredDbDataSource>(name));
        services.TryAddSingleton<DbDataSource>(provider => provider.GetRequiredKeyedService<MirroredDbDataSource>(name));
        services.TryAddTransient(provider => provider.GetRequiredKeyedService<MirroredDbConnection>(name));
        services.TryAddTransient<DbConnection>(provider => provider.GetRequiredKeyedService<MirroredDbConnection>(name));
        return services;
    }

    /// <summary>Registers a <see cref="MirroredDbDataSource"/> from two connection strings under a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, and the name of the options.</param>
    /// <param name="primary">The primary's connection string.</param>
    /// <param name="standby">The standby's connection string.</param>
    public static IServiceCollection AddMirroredMySql(this IServiceCollection services, string name, string primary, string standby) =>
        services.AddMirroredMySql(name, options => (options.Primary, options.Standby) = (primary, standby));
}
