using System.Text.RegularExpressions;
using MirroredMySql.Sql;
using MirroredMySql.SqlFuzz;

namespace MirroredMySql.Tests.Sql;

/// <summary>
/// What holds for every text: nasty ones, generated ones, and damaged copies of both. A text that breaks a rule is shown as short as it
/// can be; <see cref="TestSeed"/> tries others.
/// </summary>
internal sealed partial class PropertyTests
{
    private const int Texts = 12_000;

    // Every character is read once, and by those who look ahead a few times more.
    private const int ReadingsPerCharacter = 6;

    private static readonly SqlSyntax MySql = SqlSyntax.None.WithVersions(90704, 90704);
    private static readonly SqlSyntax MariaDb = SqlSyntax.MariaDb.WithVersions(101119, 101119);

    private static readonly SqlSyntax[] Syntaxes =
    [
        .. from server in new[] { MySql, MariaDb, SqlSyntax.None, SqlSyntax.MariaDb.WithVersions(100600, 110402) }
           from mode in new[] { "", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "IGNORE_SPACE", "ANSI" }
           select server.WithSqlMode(mode),
    ];

    // The generator knows which comments such servers run.
    private static readonly SqlSyntax[] Known = [.. Syntaxes.Where(s => s.OldestVersion == s.NewestVersion)];

    [Test]
    public void No_text_is_too_nasty_to_be_read_in_time() => Check(1, (sql, syntax) =>
    {
        SqlScript.Parse(sql, syntax, out var charactersRead);
        return charactersRead <= (ReadingsPerCharacter * sql.Length) + 100 ? null : $"{charactersRead} characters read of {sql.Length}";
    });

    [Test]
    public void No_size_is_too_large_to_be_read_in_time()
    {
        foreach (var (name, sql) in NastyTexts.Large(1_000_000))
        {
            foreach (var syntax in Syntaxes.Where((_, i) => i % 6 == 3))
            {
                SqlScript.Parse(sql, syntax, out var charactersRead);
                Assert.That(charactersRead, Is.LessThanOrEqualTo((ReadingsPerCharacter * sql.Length) + 100), name);
            }
        }
    }

    [Test]
    public void Nothing_but_blanks_comments_and_semicolons_is_left_out_and_nothing_is_there_twice() => Check(2, (sql, syntax) =>
    {
        var position = 0;
        foreach (var statement in SqlScript.Parse(sql, syntax).Statements)
        {
            // What is skipped before a statement holds none of it, so the first place where it fits is its own.
            var next = sql.IndexOf(statement.Text, position, StringComparison.Ordinal);
            if (next < 0)
                return $"'{statement.Text}' is not there from {position} on";
            if (!Gap().IsMatch(sql[position..next]))
                return $"'{sql[position..next]}' is left out";
            position = next + statement.Text.Length;
        }

        return Gap().IsMatch(sql[position..]) ? null : $"'{sql[position..]}' is left out at the end";
    });

    [Test]
    public void A_statement_read_again_is_what_it_was() => Check(3, (sql, syntax) =>
    {
        foreach (var statement in SqlScript.Parse(sql, syntax).Statements.Where(s => s.Reason != Refusals.UnknownSqlMode))
        {
            var again = SqlScript.Parse(statement.Text, statement.Syntax).Statements;
            if (again.Count != 1 || (again[0].Kind, again[0].Verb, again[0].Traits) != (statement.Kind, statement.Verb, statement.Traits))
                return $"{statement} [{statement.Traits}] becomes {string.Join(" | ", again.Select(s => $"{s} [{s.Traits}]"))}";
        }

        return null;
    });

    [Test]
    public void What_is_appended_does_not_change_what_stands_before() => Check(4, (sql, syntax) =>
    {
        var before = SqlScript.Parse(sql, syntax).Statements;
        var last = before[^1];

        // `SELECT 1--;` ends in a comment only because nothing follows.
        if (last.Reason == Refusals.UnknownSqlMode || sql.TrimEnd(';', ' ', '\t', '\n', '\v', '\f', '\r').EndsWith("--", StringComparison.Ordinal))
            return null;
        foreach (var appended in new[] { "\n; DELETE FROM t1", "\n;SELECT 1", "\n; SELECT ' */ `'" })
        {
            var after = SqlScript.Parse(sql + appended, syntax).Statements;

            // The last statement may go on into what is appended; it has to say so.
            var mayGoOn = (last.Traits & (StatementTraits.ReturnsRows | StatementTraits.CreatesRoutine | StatementTraits.Unterminated)) != 0
                || last.Kind == StatementKind.Refused;
            var certain = before.Take(mayGoOn || last.Kind == StatementKind.Empty ? before.Count - 1 : before.Count).Select(s => (s.Kind, s.Text)).ToList();
            if (!after.Take(certain.Count).Select(s => (s.Kind, s.Text)).SequenceEqual(certain))
                return $"with '{appended}': {string.Join(" | ", after)} and not {string.Join(" | ", before)}";
            if (!mayGoOn && after[^1].Text != appended.Trim().TrimStart(';').Trim())
                return $"'{appended}' is not the last of {string.Join(" | ", after)}";
        }

        return null;
    });

    [Test]
    public void Whoever_made_a_text_agrees_whether_it_is_only_read()
    {
        var random = TestSeed.Create(5);
        var reads = 0;
        for (var i = 0; i < Texts; i++)
        {
            var syntax = Known[random.Next(Known.Length)];
            var sample = new SqlGenerator(random, syntax).NextScript();
            reads += sample.IsPlainRead ? 1 : 0;
            Assert.That(SqlScript.Parse(sample.Text, syntax).IsReadOnly, Is.EqualTo(sample.IsPlainRead), () => $"[{syntax}] {sample}");
        }

        Assert.That(reads, Is.InRange(Texts / 3, Texts * 4 / 5), "a generator of one sort only proves nothing");
    }

    [Test]
    public void Blanks_comments_and_the_case_of_words_change_no_kind()
    {
        var random = TestSeed.Create(6);
        for (var i = 0; i < Texts; i++)
        {
            var syntax = Known[random.Next(Known.Length)];
            var sample = new SqlGenerator(random, syntax).NextScript();
            var disguised = sample.Disguise(random);
            Assert.That(
                SqlScript.Parse(disguised, syntax).Statements.Select(s => (s.Kind, s.Verb)),
                Is.EqualTo(SqlScript.Parse(sample.Text, syntax).Statements.Select(s => (s.Kind, s.Verb))).AsCollection,
                () => $"[{syntax}] {sample}\nas {disguised}");
        }
    }

    [Test]
    public void A_text_with_a_write_before_or_behind_is_not_only_read()
    {
        var random = TestSeed.Create(7);
        for (var i = 0; i < Texts; i++)
        {
            var syntax = Known[random.Next(Known.Length)];
            var reads = new SqlGenerator(random, syntax).NextScript().Disguise(random);
            Assert.That(SqlScript.Parse(reads + "; DELETE FROM t1", syntax).IsReadOnly, Is.False, reads);
            Assert.That(SqlScript.Parse("DELETE FROM t1; " + reads, syntax).IsReadOnly, Is.False, reads);
        }
    }

    // Calls the rule for every nasty text under every syntax and for as many others as the budget has; it returns what is wrong.
    private static void Check(int offset, Func<string, SqlSyntax, string?> rule)
    {
        foreach (var text in NastyTexts.All)
        {
            foreach (var syntax in Syntaxes)
                AssertHolds(text, syntax, rule);
        }

        var random = TestSeed.Create(offset);
        var mutator = new SqlMutator(random);
        var pieces = new SqlSample([.. NastyTexts.All.SelectMany(t => t.Split(' '))], IsPlainRead: false);
        for (var i = 0; i < Texts; i++)
        {
            var syntax = Syntaxes[random.Next(Syntaxes.Length)];
            var tokens = random.Next(3) == 0
                ? NastyTexts.All[random.Next(NastyTexts.All.Count)].Split(' ')
                : new SqlGenerator(random, syntax).NextScript().Tokens;
            AssertHolds(mutator.Mutate(tokens, pieces.Tokens), syntax, rule);
        }
    }

    private static void AssertHolds(string sql, SqlSyntax syntax, Func<string, SqlSyntax, string?> rule)
    {
        if (rule(sql, syntax) is null)
            return;
        var shortest = Minimiser.Minimise(sql, s => rule(s, syntax) is not null);
        Assert.Fail($"[{syntax}] {Show(shortest)}\n{rule(shortest, syntax)}\nfound as {Show(sql)}");
    }

    private static string Show(string sql) => string.Concat(sql.Select(c => c < ' ' || c is >= '\x7F' ? $"\\u{(int)c:X4}" : c.ToString()));

    [GeneratedRegex(@"\A(?:[ \t\n\v\f\r;]|(?:--|#)[^\n\0]*|/\*(?:[^*]|\*(?!/))*\*/)*\z")]
    private static partial Regex Gap();
}
