using System.Diagnostics;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sql;
using MirroredMySql.SqlFuzz;
using MirroredMySql.Topology;

namespace MirroredMySql.IntegrationTests.Classifier;

/// <summary>
/// The servers judge the classifier: whatever it calls a read runs on a bare connection in a read-only transaction, which must take it,
/// and leaves no trace in what such transactions do not protect. Views that call writing functions are left out.
/// </summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class ReadsOnServersTests(ServerFlavor flavor)
{
    private const int Generated = 2500;
    private const int Mutated = 2500;
    private const int TextsPerLook = 60;

    private string _connectionString = "";
    private string _database = "";

    [OneTimeSetUp]
    public async Task MakeDatabase()
    {
        var options = ";Pooling=false;AllowUserVariables=true;DefaultCommandTimeout=2";
        (var primary, _) = await Servers.CreateDatabaseAsync(await Servers.PairAsync(flavor));
        _connectionString = primary + options;
        using var connection = Open();
        _database = connection.Database;
        foreach (var sql in FuzzSchema.Statements(flavor))
            connection.Execute(sql);
    }

    [TestCase("")]
    [TestCase("ANSI_QUOTES")]
    [TestCase("NO_BACKSLASH_ESCAPES")]
    [TestCase("ANSI_QUOTES,NO_BACKSLASH_ESCAPES")]
    [TestCase("IGNORE_SPACE")]
    [TestCase("ANSI")]
    [TestCase("ORACLE")]
    public async Task What_is_called_a_read_is_one_to_the_server(string mode)
    {
        // MySQL has forgotten that mode; there, a second run of the default one tries other texts.
        if (mode == "ORACLE" && flavor == ServerFlavor.MySql)
            mode = "REAL_AS_FLOAT";
        var syntax = await SyntaxOfAsync(mode);
        var random = TestSeed.Create(mode.Length + (flavor == ServerFlavor.MySql ? 100 : 0));
        var texts = Texts(random, syntax).ToList();
        var reads = texts.Where(t => SqlScript.Parse(t, syntax).IsReadOnly).ToList();

        // A server counts the writes that it is only asked to explain.
        var (explains, others) = (reads.Where(t => Explains(t, syntax)).ToList(), reads.Where(t => !Explains(t, syntax)).ToList());
        var clock = Stopwatch.StartNew();
        var judge = new Judge(() => OpenSession(mode), syntax);
        foreach (var batch in others.Chunk(TextsPerLook))
            judge.Try(batch, countsWrites: true);
        foreach (var batch in explains.Chunk(TextsPerLook))
            judge.Try(batch, countsWrites: false);
        judge.Close();

        TestContext.Out.WriteLine(
            $"{flavor} [{mode}]: {texts.Count} texts, {reads.Count} reads, {judge.Legal} of them legal, {judge.Unsent} not sent by the driver, {clock.Elapsed.TotalSeconds:F1} s");
        TestContext.Out.WriteLine(judge.Errors());
        Assert.That(judge.Faults, Is.Empty, () => string.Join("\n\n", judge.Faults.Take(10)));
        Assert.That(judge.Legal, Is.GreaterThan(reads.Count * 3 / 10), "texts that no server takes prove little");
        Assert.That(reads, Has.Count.GreaterThan(texts.Count / 4));
    }

    /// <summary>Every name that the classifier takes for a built-in function, called in every way that might mean a stored one.</summary>
    [TestCase("")]
    [TestCase("IGNORE_SPACE")]
    [TestCase("ORACLE")]
    public async Task No_name_that_is_called_built_in_makes_the_server_look_for_a_stored_function(string mode)
    {
        if (mode == "ORACLE" && flavor == ServerFlavor.MySql)
            mode = "ANSI";
        var syntax = await SyntaxOfAsync(mode);
        var names = BuiltInFunctionTable.Common.Concat(syntax.IsMariaDb ? BuiltInFunctionTable.MariaDb : BuiltInFunctionTable.MySql)
            .SelectMany(g => g.Names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Except(["SLEEP", "BENCHMARK", "MASTER_POS_WAIT", "MASTER_GTID_WAIT"]);
        var texts = names.SelectMany(n => new[] { $"{n}()", $"{n}(1)", $"{n} (1)", $"{n}/**/(1)", $"{n}(1,2)", $"{n}(1,2,3)" })
            .Select(call => "SELECT " + call)
            .Where(t => SqlScript.Parse(t, syntax).IsReadOnly)
            .ToList();
        var judge = new Judge(() => OpenSession(mode), syntax);
        foreach (var batch in texts.Chunk(10 * TextsPerLook))
            judge.Try(batch, countsWrites: true);
        judge.Close();
        TestContext.Out.WriteLine($"{flavor} [{mode}]: {texts.Count} calls, {judge.Legal} of them legal");
        Assert.That(judge.Faults, Is.Empty, () => string.Join("\n\n", judge.Faults.Take(10)));
    }

    private IEnumerable<string> Texts(Random random, SqlSyntax syntax)
    {
        foreach (var text in NastyTexts.All)
            yield return text;
        foreach (var (_, text) in NastyTexts.Large(3_000))
            yield return text;

        var generator = new SqlGenerator(random, syntax, _database);
        for (var i = 0; i < Generated; i++)
        {
            var sample = generator.NextScript();
            yield return i % 2 == 0 ? sample.Text : sample.Disguise(random);
        }

        var mutator = new SqlMutator(random);
        var pieces = NastyTexts.All.SelectMany(t => t.Split(' ')).ToList();
        for (var i = 0; i < Mutated; i++)
        {
            var tokens = i % 4 == 0 ? NastyTexts.All[random.Next(NastyTexts.All.Count)].Split(' ') : generator.NextStatement().Tokens;
            yield return mutator.Mutate(tokens, pieces);
        }
    }

    private static bool Explains(string text, SqlSyntax syntax) =>
        SqlScript.Parse(text, syntax).Statements.Any(s => s.Verb == StatementVerb.Explain);

    private async Task<SqlSyntax> SyntaxOfAsync(string mode)
    {
        await using var connection = Open();
        SetMode(connection, mode);
        var facts = await NodeFacts.ReadAsync(connection, async: true, CancellationToken.None);
        return facts.Syntax.WithVersions(facts.VersionNumber, facts.VersionNumber);
    }

    private FuzzSession OpenSession(string mode)
    {
        var connection = Open();
        connection.Execute(flavor == ServerFlavor.MySql ? "SET max_execution_time = 2000" : "SET max_statement_time = 2");
        connection.Execute(FuzzSchema.Session);
        SetMode(connection, mode);
        return new FuzzSession(connection, flavor);
    }

    private static void SetMode(System.Data.Common.DbConnection connection, string mode) =>
        connection.Execute($"SET SESSION sql_mode = CONCAT(@@sql_mode, ',{mode}')");

    private System.Data.Common.DbConnection Open()
    {
        var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = _connectionString;
        connection.Open();
        return connection;
    }
}
