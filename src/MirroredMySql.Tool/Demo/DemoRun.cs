using System.Data.Common;
using Microsoft.Extensions.Logging;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool.Comparison;
using MirroredMySql.Tool.Demo.Load;
using MirroredMySql.Tool.Demo.Shop;
using MirroredMySql.Tool.Demo.View;
using Spectre.Console;

namespace MirroredMySql.Tool.Demo;

/// <summary>The demo from its first server to its last line.</summary>
internal sealed class DemoRun(DemoSettings settings)
{
    private readonly TextWriter _output = Console.Out;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await SayAsync($"starting two private {settings.Flavor.ToName()} servers");
        await using var pair = await LocalServerPair.StartAsync(settings.Flavor, new LocalServerOptions { Database = "shop" }, cancellationToken);
        if (settings.Kill is not null && !pair.Primary.CanControl)
            throw new LocalServerException("--kill takes private servers: unset MIRROREDMYSQL_TEST_PRIMARY and …_STANDBY.");
        var log = new MirrorLog();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        var options = new MirroredMySqlOptions
        {
            Driver = Driver.Factory,
            Primary = pair.Primary.ConnectionString,
            Standby = pair.Standby.ConnectionString,
        };
        await using var mirror = new MirroredDbDataSource(options, loggers);

        await ShopSchema.RequireAbsentAsync(mirror, cancellationToken);
        try
        {
            return await RunAsync(mirror, pair, log, cancellationToken);
        }
        finally
        {
            // Servers of the user's own stay, and so would the shop.
            if (!pair.Primary.CanControl)
                await ShopSchema.DropAsync(mirror);
        }
    }

    private async Task<int> RunAsync(MirroredDbDataSource mirror, LocalServerPair pair, MirrorLog log, CancellationToken cancellationToken)
    {
        var ledger = new Ledger();
        ledger.Enter(await ShopSchema.CreateAsync(mirror, cancellationToken));
        var status = mirror.Status;
        await SayAsync($"primary {status.Primary.Endpoint}, standby {status.Standby.Endpoint}");
        await SayAsync($"server {status.Primary.ServerVersion}, driver {Driver.Name}");
        var outage = settings.Kill is { } role ? new Outage(role == NodeRole.Primary ? pair.Primary : pair.Standby, role, mirror, SayAsync) : null;
        var dying = outage?.RunAsync(settings.Duration, cancellationToken) ?? Task.CompletedTask;
        var deaths = await new LoadRun(mirror, pair, ledger).RunAsync(settings.Workers, settings.Duration, View(), cancellationToken);
        await dying;
        if (outage is not null)
            await outage.AwaitReturnAsync(cancellationToken);
        var errors = deaths.Select(death => $"a worker ended: {death.GetType().Name}: {death.Message}").ToList();

        await SayAsync("comparing every table on both nodes, row by row");
        IReadOnlyList<TableFindings> findings = [];
        try
        {
            findings = await CompareAsync(pair, cancellationToken);
        }
        catch (DbException exception)
        {
            errors.Add($"the comparison ended: {exception.Message}");
        }

        var outcome = new DemoOutcome(ledger, findings, errors, mirror.Status, log.Lines);
        await outcome.WriteAsync(_output);
        return outcome.IsGood ? CommandLine.Success : CommandLine.Failure;
    }

    private static async Task<IReadOnlyList<TableFindings>> CompareAsync(LocalServerPair pair, CancellationToken cancellationToken)
    {
        await using var primary = await DirectConnection.OpenAsync(pair.Primary.ConnectionString, cancellationToken);
        await using var standby = await DirectConnection.OpenAsync(pair.Standby.ConnectionString, cancellationToken);
        return await new DatabaseComparison().RunAsync(primary, standby, cancellationToken);
    }

    private ILoadView View()
    {
        var capabilities = AnsiConsole.Profile.Capabilities;
        var isPlain = Console.IsOutputRedirected || !capabilities.Ansi || !capabilities.Interactive
            || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return isPlain ? new PlainLines(_output) : new LiveTable(AnsiConsole.Console, settings.Workers, settings.Duration);
    }

    private Task SayAsync(string what) => _output.WriteLineAsync($"demo: {what}");
}
