using Microsoft.Extensions.Options;
using MirroredMySql.Drivers;

namespace MirroredMySql.DependencyInjection;

/// <summary>Reports everything that is wrong with the options at once, before the application starts.</summary>
internal sealed class MirroredMySqlOptionsValidator : IValidateOptions<MirroredMySqlOptions>
{
    public ValidateOptionsResult Validate(string? name, MirroredMySqlOptions options)
    {
        var problems = options.Problems().ToList();
        var driver = Try(() => options.Driver ?? DriverLocator.Find());
        if (driver is not null)
        {
            var primary = Try(() => NodeConnectionString.Parse(NodeRole.Primary, options.Primary, driver));
            var standby = Try(() => NodeConnectionString.Parse(NodeRole.Standby, options.Standby, driver));
            if (!string.IsNullOrWhiteSpace(options.Witness))
                Try(() => NodeConnectionString.ParseWitness(options.Witness, options.NodeTimeout, driver));
            if (primary is not null && standby is not null)
            {
                Try(() =>
                {
                    NodeConnectionString.RequirePair(primary, standby);
                    return primary;
                });
            }
        }

        return problems.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(problems.Select(problem => $"MirroredMySql '{name}': {problem}"));

        T? Try<T>(Func<T> attempt)
            where T : class
        {
            try
            {
                return attempt();
            }
            catch (MirroredDbException e)
            {
                problems.Add(e.Message);
                return null;
            }
        }
    }
}
