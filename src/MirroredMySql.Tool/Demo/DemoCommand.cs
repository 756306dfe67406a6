using System.CommandLine;
using System.Globalization;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool.Demo;

/// <summary>The command <c>demo</c> and its options.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var seconds = Number("--seconds", "How long the workers write.", defaultValue: 10, min: 1, max: 3600);
        var workers = Number("--workers", "How many workers write at the same time.", defaultValue: 4, min: 1, max: 64);
        var server = new Option<string>("--server")
        {
            Description = "The kind of server.",
            DefaultValueFactory = _ => ServerFlavor.MariaDb.ToName(),
        };
        server.AcceptOnlyFromAmong([.. Enum.GetValues<ServerFlavor>().Select(flavor => flavor.ToName())]);

        var kill = new Option<string>("--kill") { Description = "Kills this node while the workers write, and starts it again." };
        kill.AcceptOnlyFromAmong("primary", "standby");

        var command = new Command("demo", "Starts two private servers, lets workers write to both through the mirror, and compares every row.")
        {
            seconds, workers, server, kill,
        };
        command.Runs((parsed, cancellation) =>
        {
            var flavor = Enum.GetValues<ServerFlavor>().Single(flavor => flavor.ToName() == parsed.GetValue(server));
            var settings = new DemoSettings(flavor, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(workers), KilledBy(parsed.GetValue(kill)));
            return new DemoRun(settings).RunAsync(cancellation);
        });
        return command;
    }

    private static NodeRole? KilledBy(string? name) => name is null ? null : Enum.Parse<NodeRole>(name, ignoreCase: true);

    private static Option<int> Number(string name, string description, int defaultValue, int min, int max) => new(name)
    {
        Description = $"{description} From {min} to {max}.",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            var text = result.Tokens.Single().Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
                return value;
            result.AddError($"{name} is '{text}'; it must be a whole number from {min} to {max}.");
            return defaultValue;
        },
    };
}
