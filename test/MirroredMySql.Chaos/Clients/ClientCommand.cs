using System.CommandLine;
using MirroredMySql.Chaos.Work;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Clients;

/// <summary>The hidden command that one of the client processes runs.</summary>
internal static class ClientCommand
{
    private const string Name = "client";

    private static readonly Option<int> Number = new("--number");
    private static readonly Option<int> Workers = new("--workers");
    private static readonly Option<int> Seed = new("--seed");
    private static readonly Option<string> Diary = new("--diary");

    public static Command Create()
    {
        var command = new Command(Name) { Number, Workers, Seed, Diary };
        command.Hidden = true;
        command.Runs(async (parsed, _) =>
        {
            var settings = new ClientSettings(
                parsed.GetValue(Number), parsed.GetValue(Workers), parsed.GetValue(Seed), parsed.GetValue(Diary)!);
            var options = new MirroredMySqlOptions
            {
                Driver = Driver.Factory,
                Primary = Environment.GetEnvironmentVariable(WorkCommand.PrimaryVariable),
                Standby = Environment.GetEnvironmentVariable(WorkCommand.StandbyVariable),
            };
            using var run = new ClientRun(settings, options);
            return await run.RunAsync();
        });
        return command;
    }

    /// <summary>The arguments that <see cref="Create"/> reads.</summary>
    public static IEnumerable<string> Arguments(ClientSettings settings)
    {
        FormattableString[] options =
        [
            $"{Number.Name}={settings.Number}",
            $"{Workers.Name}={settings.Workers}",
            $"{Seed.Name}={settings.Seed}",
            $"{Diary.Name}={settings.Diary}",
        ];
        return [Name, .. options.Select(FormattableString.Invariant)];
    }
}
