using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using MirroredMySql.Chaos.Faults;
using MirroredMySql.Chaos.Operations;
using MirroredMySql.LocalServers;
using MirroredMySql.Tool;

namespace MirroredMySql.Chaos.Control;

/// <summary>The command line of the whole run.</summary>
internal static class ChaosCommand
{
    /// <summary>The most workers that a process can have.</summary>
    public const int MaxWorkers = 64;

    public static RootCommand Create()
    {
        var seconds = Number("--seconds", "How long the workers write.", defaultValue: 60, min: 1, max: 86_400);
        var processes = Number("--processes", "How many processes write.", defaultValue: 4, min: 1, max: 16);
        var workers = Number("--workers", "How many workers each has; every other one is synchronous.", defaultValue: 8, min: 1, max: MaxWorkers);
        var seed = new Option<int?>("--seed") { Description = "Where the random numbers come from. Random when absent; it is printed." };
        var server = new Option<string>("--server")
        {
            Description = "The kind of server.",
            DefaultValueFactory = _ => ServerFlavor.MariaDb.ToName(),
        };
        server.AcceptOnlyFromAmong([.. Enum.GetValues<ServerFlavor>().Select(flavor => flavor.ToName())]);
        var only = KindOption("--only", "Runs these statement kinds or families alone, for example: insert,ddl.drop");
        var except = KindOption("--except", "Leaves these statement kinds or families out.");
        var allowAny = new Option<bool>("--allow-any") { Description = "Accepts the suspect * as the explanation of a difference." };

        var faults = new Option<bool>("--faults")
        {
            Description = "Lets servers, networks and processes fail, and then looks for every acknowledged write.",
        };
        var noFaults = new Option<bool>("--no-faults") { Description = "Writes and looks as --faults does, and lets nothing fail." };
        var partitions = new Option<bool>("--partitions")
        {
            Description = "With --faults: the network may also split the clients, so that some reach one node only and others the other.",
        };
        var onlyFaults = FaultOption("--only-faults", "With --faults: these kinds or families alone, for example: network,server.kill");
        var exceptFaults = FaultOption("--except-faults", "With --faults: leaves these kinds or families out.");

        var command = new RootCommand("Lets processes write at random through the mirror, then compares both nodes.")
        {
            seconds, processes, workers, seed, server, only, except, allowAny, faults, noFaults, partitions, onlyFaults, exceptFaults,
        };
        command.Runs((parsed, cancellation) =>
        {
            if (!ServerFlavors.TryParse(parsed.GetValue(server), out var flavor))
                throw new LocalServerException("The server is neither mariadb nor mysql.");
            if (parsed.GetValue(faults) || parsed.GetValue(noFaults))
            {
                var faultSettings = new FaultSettings(
                    flavor,
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    parsed.GetValue(processes),
                    parsed.GetValue(workers),
                    parsed.GetValue(seed) ?? AnySeed(),
                    parsed.GetValue(partitions),
                    parsed.GetValue(noFaults) ? null : new KindSelection(parsed.GetValue(onlyFaults) ?? [], parsed.GetValue(exceptFaults) ?? []));
                return new FaultRun(faultSettings, Console.Out).RunAsync(cancellation);
            }
            var settings = new ChaosSettings(
                flavor,
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                parsed.GetValue(processes),
                parsed.GetValue(workers),
                parsed.GetValue(seed) ?? AnySeed(),
                new KindSelection(parsed.GetValue(only) ?? [], parsed.GetValue(except) ?? []),
                parsed.GetValue(allowAny));
            return new ChaosRun(settings, Console.Out).RunAsync(cancellation);
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int defaultValue, int min, int max)
    {
        var option = new Option<int>(name) { Description = $"{description} From {min} to {max}.", DefaultValueFactory = _ => defaultValue };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && (result.GetValueOrDefault<int>() < min || result.GetValueOrDefault<int>() > max))
                result.AddError($"{name} must be a whole number from {min} to {max}.");
        });
        return option;
    }

    private static int AnySeed() => RandomNumberGenerator.GetInt32(1_000_000);

    private static Option<string[]> KindOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Kinds(result, "statement", Mix.Everything.Select(operation => operation.Kind)),
    };

    private static Option<string[]> FaultOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Kinds(result, "fault", FaultKind.All.Select(kind => kind.Name)),
    };

    private static string[] Kinds(ArgumentResult result, string ofWhat, IEnumerable<string> all)
    {
        const StringSplitOptions split = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        string[] names = [.. result.Tokens.SelectMany(token => token.Value.Split(',', split))];
        var kinds = all.ToList();
        foreach (var name in names.Where(name => !kinds.Any(kind => KindSelection.IsMember(kind, name))))
            result.AddError($"There is no {ofWhat} kind '{name}'. There are: {string.Join(", ", kinds)}.");
        return names;
    }
}
