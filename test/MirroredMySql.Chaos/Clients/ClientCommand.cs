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
    private static readonly Option<string> Log = new("--log");

    public static Command Create()
    {
        var command = new Command(Name) { Number, Workers, Seed, Diary, Log };
        command.Hidden = true;
        command.Runs(async (parsed, _) =>
        {
            var settings = new ClientSettings(
                parsed.GetValue(Number), parsed.GetValue(Workers), parsed.GetValue(Seed), parsed.GetValue(Diary)!, parsed.GetValue(Log)!);
            var options = ClientOptions.Create(
                Environment.GetEnvironmentVariable(WorkCommand.PrimaryVariable), Environment.GetEnvironmentVariable(WorkCommand.StandbyVariable));
            // Some read from both nodes, and some from the lead alone.
            options.ReadPreference = settings.Number % 2 == 0 ? ReadPreference.Balanced : ReadPreference.Lead;
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
            $"{Log.Name}={settings.Log}",
        ];
        return [Name, .. options.Select(FormattableString.Invariant)];
    }
}
