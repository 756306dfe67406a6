using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>One line in the composition root replaces the registration of the driver.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class DependencyInjectionTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    [Test]
    public async Task A_registration_serves_with_its_key_and_without()
    {
        await using var provider = new ServiceCollection().AddMirroredMySql("orders", PrimaryString, StandbyString).BuildServiceProvider(Strict);
        var source = provider.GetRequiredKeyedService<MirroredDbDataSource>("orders");
        Assert.That(provider.GetRequiredKeyedService<DbDataSource>("orders"), Is.SameAs(source));
        Assert.That(provider.GetRequiredService<MirroredDbDataSource>(), Is.SameAs(source));
        Assert.That(provider.GetRequiredService<DbDataSource>(), Is.SameAs(source));

        await using var scope = provider.CreateAsyncScope();
        DbConnection[] connections =
        [
            scope.ServiceProvider.GetRequiredService<DbConnection>(), scope.ServiceProvider.GetRequiredService<MirroredDbConnection>(),
            scope.ServiceProvider.GetRequiredKeyedService<DbConnection>("orders"), scope.ServiceProvider.GetRequiredKeyedService<MirroredDbConnection>("orders"),
        ];
        Assert.That(connections.Distinct().Count(), Is.EqualTo(4), "transient");
        Assert.That(connections, Is.All.InstanceOf<MirroredDbConnection>().And.All.Property(nameof(DbConnection.State)).EqualTo(ConnectionState.Closed));
        await connections[0].ExecuteAsync("CREATE TABLE item (id INT PRIMARY KEY)");
        await connections[3].ExecuteAsync("INSERT INTO item VALUES (1)");
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task Two_registrations_do_not_meet_and_the_first_is_the_unkeyed_one()
    {
        var (primary, standby) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(Flavor));
        await using var provider = new ServiceCollection()
            .AddMirroredMySql("orders", PrimaryString, StandbyString)
            .AddMirroredMySql("billing", options => (options.Primary, options.Standby, options.ReadPreference) = (primary, standby, ReadPreference.Standby))
            .BuildServiceProvider(Strict);
        var (orders, billing) = (provider.GetRequiredKeyedService<DbDataSource>("orders"), provider.GetRequiredKeyedService<DbDataSource>("billing"));
        Assert.That(billing, Is.Not.SameAs(orders));
        Assert.That(provider.GetRequiredService<DbDataSource>(), Is.SameAs(orders));
        await using var one = await orders.OpenConnectionAsync();
        await using var two = await billing.OpenConnectionAsync();
        Assert.That(two.Database, Is.Not.EqualTo(one.Database));
        Assert.That(provider.GetRequiredService<IOptionsMonitor<MirroredMySqlOptions>>().Get("billing").ReadPreference, Is.EqualTo(ReadPreference.Standby));
    }

    [Test]
    public async Task What_the_application_has_registered_already_stays()
    {
        await using var own = new MirroredDbDataSource(Driver.Factory, PrimaryString, StandbyString);
        var services = new ServiceCollection();
        services.AddSingleton<DbDataSource>(own);
        services.AddTransient<DbConnection>(_ => own.CreateConnection());
        services.AddMirroredMySql("orders", PrimaryString, StandbyString);
        await using var provider = services.BuildServiceProvider();
        Assert.That(provider.GetRequiredService<DbDataSource>(), Is.SameAs(own));
        Assert.That(provider.GetRequiredKeyedService<DbDataSource>("orders"), Is.Not.SameAs(own));
    }

    [Test]
    public async Task Registering_twice_under_one_name_is_registering_once()
    {
        await using var provider = new ServiceCollection()
            .AddMirroredMySql("orders", "Server=nowhere;Database=x", "Server=elsewhere;Database=x")
            .AddMirroredMySql("orders", PrimaryString, StandbyString)
            .BuildServiceProvider();
        Assert.That(provider.GetKeyedServices<MirroredDbDataSource>("orders").Count(), Is.EqualTo(1));
        await using var connection = provider.GetRequiredService<MirroredDbConnection>();
        await connection.OpenAsync();
    }

    [Test]
    public async Task Options_can_come_from_other_services()
    {
        await using var provider = new ServiceCollection()
            .AddSingleton(Logs)
            .AddMirroredMySql("orders", (options, services) =>
            {
                Assert.That(services.GetRequiredService<RecordingLoggerFactory>(), Is.SameAs(Logs));
                (options.Primary, options.Standby) = (PrimaryString, StandbyString);
            })
            .BuildServiceProvider();
        await using var connection = await provider.GetRequiredService<MirroredDbDataSource>().OpenConnectionAsync();
        Assert.That(connection.ExecuteScalar<int>("SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task It_logs_to_the_applications_loggers()
    {
        await using var provider = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(Logs).AddMirroredMySql("orders", PrimaryString, StandbyString).BuildServiceProvider();
        await using (await provider.GetRequiredService<MirroredDbDataSource>().OpenConnectionAsync())
            Assert.That(Logs.Entries.Count(entry => entry.Id.Id == 1), Is.EqualTo(2), "both nodes are in step");
    }

    [Test]
    public async Task A_scope_closes_its_connections_and_the_container_its_data_source()
    {
        var provider = new ServiceCollection().AddMirroredMySql("orders", PrimaryString, StandbyString).BuildServiceProvider(Strict);
        var source = provider.GetRequiredService<MirroredDbDataSource>();
        DbConnection connection;
        await using (var scope = provider.CreateAsyncScope())
        {
            connection = scope.ServiceProvider.GetRequiredService<DbConnection>();
            await connection.OpenAsync();
        }

        Assert.That(connection.State, Is.EqualTo(ConnectionState.Closed));
        await using (var again = await source.OpenConnectionAsync())
            Assert.That(again.State, Is.EqualTo(ConnectionState.Open));
        await provider.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => source.OpenConnection());
    }

    [Test]
    public void A_container_that_is_disposed_synchronously_disposes_as_well()
    {
        var provider = new ServiceCollection().AddMirroredMySql("orders", PrimaryString, StandbyString).BuildServiceProvider();
        var source = provider.GetRequiredService<MirroredDbDataSource>();
        source.OpenConnection().Dispose();
        provider.Dispose();
        Assert.Throws<ObjectDisposedException>(() => source.OpenConnection());
    }

    [Test]
    public async Task Everything_that_is_wrong_is_reported_at_the_start()
    {
        await using var provider = new ServiceCollection()
            .AddMirroredMySql("orders", options =>
            {
                (options.Primary, options.Standby) = ("Database=x;Password=swordfish", null);
                (options.RetryAttempts, options.ReconnectInterval) = (-1, TimeSpan.Zero);
            })
            .AddMirroredMySql("billing", PrimaryString, PrimaryString)
            .BuildServiceProvider();

        var exception = Assert.Catch(() => provider.GetRequiredService<IStartupValidator>().Validate());

        var failures = (exception is AggregateException several ? several.InnerExceptions : [exception!])
            .Cast<OptionsValidationException>().ToDictionary(e => e.OptionsName, e => e.Failures.ToList());
        Assert.That(failures.Keys, Is.EquivalentTo(new[] { "orders", "billing" }));
        Assert.That(failures["orders"], Has.Count.EqualTo(4));
        Assert.That(failures["orders"], Has.Some.Contains("primary").And.Some.Contains("standby").And.Some.Contains("RetryAttempts").And.Some.Contains("ReconnectInterval"));
        Assert.That(failures["billing"].Single(), Does.Contain("same database"));
        Assert.That(exception!.ToString(), Does.Not.Contain("swordfish"));
    }

    [Test]
    public async Task A_good_pair_passes_at_the_start_without_being_reached()
    {
        await using var provider = new ServiceCollection()
            .AddMirroredMySql("orders", "Server=nowhere.invalid;Database=x", "Server=elsewhere.invalid;Database=x").BuildServiceProvider();
        Assert.DoesNotThrow(() => provider.GetRequiredService<IStartupValidator>().Validate());
    }

    [Test]
    public void A_registration_needs_a_name_and_options()
    {
        var services = new ServiceCollection();
        Assert.Throws<ArgumentException>(() => services.AddMirroredMySql("", PrimaryString, StandbyString));
        Assert.Throws<ArgumentNullException>(() => services.AddMirroredMySql("orders", (Action<MirroredMySqlOptions>)null!));
        Assert.Throws<ArgumentNullException>(() => services.AddMirroredMySql("orders", (Action<MirroredMySqlOptions, IServiceProvider>)null!));
    }

    private static ServiceProviderOptions Strict => new() { ValidateScopes = true, ValidateOnBuild = true };
}
