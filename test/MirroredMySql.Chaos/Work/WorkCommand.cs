using System.CommandLine;
using MirroredMySql.Chaos.Control;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Work;

/// <summary>The hidden command that one of the writing processes runs.</summary>
internal static class WorkCommand
{
    private const string Name = "worker";

    /// <summary>The environment variables of the two connection strings: passwords are not for the process list.</summary>
    public const string PrimaryVariable = "MIRROREDMYSQL_CHAOS_PRIMARY";

    /// <inheritdoc cref="PrimaryVariable"/>
    public const string StandbyVariable = "MIRROREDMYSQL_CHAOS_STANDBY";

    private static readonly Option<int> Process = new("--process");
    private static readonly Option<int> Workers = new("--workers");
    private static readonly Option<int> Seconds = new("--seconds");
    private static readonly Option<int> Seed = new("--seed");
    private static readonly Option<string[]> Only = new("--only") { AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> Except = new("--except") { AllowMultipleArgumentsPerToken = true };

    public static Command Create()
    {
        var command = new Command(Name) { Process, Workers, Seconds, Seed, Only, Except };
        command.Hidden = true;
        command.Runs((parsed, _) =>
        {
            var settings = new WorkSettings(
                parsed.GetValue(Process),
                parsed.GetValue(Workers),
                TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
                parsed.GetValue(Seed),
                new KindSelection(parsed.GetValue(Only) ?? [], parsed.GetValue(Except) ?? []));
            var options = new MirroredMySqlOptions
            {
                Driver = Driver.Factory,
                Primary = Environment.GetEnvironmentVariable(PrimaryVariable),
                Standby = Environment.GetEnvironmentVariable(StandbyVariable),
                FailoverPolicy = FailoverPolicy.Manual, // Several processes write, and nobody fails.
            };
            return new WorkRun(settings, options).RunAsync();
        });
        return command;
    }

    /// <summary>The arguments that <see cref="Create"/> reads.</summary>
    public static IEnumerable<string> Arguments(ChaosSettings settings, int process)
    {
        FormattableString[] numbers =
        [
            $"{Process.Name}={process}",
            $"{Workers.Name}={settings.Workers}",
            $"{Seconds.Name}={settings.Duration.TotalSeconds}",
            $"{Seed.Name}={settings.Seed}",
        ];
        return
        [
            Name,
            .. numbers.Select(FormattableString.Invariant),
            .. settings.Selection.Only.Select(kind => $"{Only.Name}={kind}"),
            .. settings.Selection.Except.Select(kind => $"{Except.Name}={kind}"),
        ];
    }
}
