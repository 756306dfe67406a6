using System.Globalization;

namespace MirroredMySql.SqlFuzz;

/// <summary>The seed of everything random: the same in every run, unless <c>MIRROREDMYSQL_TEST_SEED</c> names another.</summary>
internal static class TestSeed
{
    private const string Variable = "MIRROREDMYSQL_TEST_SEED";

    public static int Value { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var seed) ? seed : 20_260;

    /// <summary>A source of chance of its own for each test, and a line in the log that tells how to have it again.</summary>
    /// <param name="offset">Tells tests with the same seed apart.</param>
    public static Random Create(int offset)
    {
        TestContext.Out.WriteLine($"{Variable}={Value}");
        return new Random(unchecked((Value * 31) + offset));
    }
}
