using System.Text;
using MirroredMySql.Sql;

namespace MirroredMySql.Tests.Sql;

/// <summary>Texts that nobody would write, from a fixed seed, so that a failure comes again.</summary>
internal sealed class HostileTextTests
{
    private const int Texts = 20_000;

    private static readonly string[] Fragments =
    [
        "SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "REPLACE ", "WITH a AS (", "VALUES ", "TABLE ", "SET ", "CALL ", "EXPLAIN ",
        "ANALYZE ", "CREATE TABLE ", "CREATE PROCEDURE ", "CREATE TRIGGER ", "ALTER TABLE ", "DROP ", "RENAME ", "LOCK TABLES ",
        "LOAD DATA ", "BEGIN ", "END ", "NOT ATOMIC ", "COMMIT ", "ROLLBACK TO ", "START ", "SHOW ", "DO ", "PREPARE s FROM ",
        "EXECUTE IMMEDIATE ", "SET STATEMENT a=1 FOR ", "INTO ", "OUTFILE ", "FROM ", "JOIN ", "USING ", "FOR UPDATE ",
        "LOCK IN SHARE MODE ", "NEXT VALUE FOR ", "NEXTVAL(", "LAST_INSERT_ID(", "f(", "`f`(", "db.f(", "COUNT(", "COUNT (", "@x", "@@x",
        "@@global.", "@", ":=", "=", ",", ".", ";", "(", ")", "?", "?a", "*", "/", "-", "--", "-- ", "#", "\n", "\r", "/*", "*/", "/*!",
        "/*!50000 ", "/*!80000", "/*!99999 ", "/*M!", "/*+ ", "'", "\"", "`", "\\", "\\N", "''", "$$", "$a$", "x'", "N'", "0x", "1e",
        "1.", ".5", "1", "a", "é", "\u00A0", "\0", "{", "}", ":", "AS ", "ON ", "IF ", "THEN ", "CASE ", "LOOP ", "REPEAT ", "UNTIL ",
        "DUPLICATE KEY ", "LIMIT ", "ORDER BY ", "sql_mode", "autocommit", "'ANSI_QUOTES'", "TRANSACTION ", "NAMES ", "gbk ", "TO ",
        "GRANT ", "DELIMITER ",
    ];

    private static readonly SqlSyntax[] Syntaxes =
    [
        SqlSyntax.None, SqlSyntax.MariaDb, SqlSyntax.AnsiQuotes, SqlSyntax.NoBackslashEscapes | SqlSyntax.MariaDb, SqlSyntax.None.WithVersions(80036, 90704),
        (SqlSyntax.MariaDb | SqlSyntax.IgnoreSpace).WithVersions(101119, 110402),
    ];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Any_text_is_cut_into_its_own_parts(int seed)
    {
        foreach (var (sql, syntax) in RandomTexts(seed))
        {
            var script = SqlScript.Parse(sql, syntax);
            var position = 0;
            foreach (var statement in script.Statements)
            {
                position = sql.IndexOf(statement.Text, position, StringComparison.Ordinal);
                Assert.That(position, Is.Not.Negative, () => Show(sql));
                position += statement.Text.Length;
            }

            Assert.That(script.Statements, Is.Not.Empty);
            foreach (var statement in script.Statements)
                Assert.That(statement.Kind == StatementKind.Refused, Is.EqualTo(statement.Reason is not null), () => Show(sql));
            Assert.That(script.Statements.Sum(s => s.ParameterCount), Is.LessThanOrEqualTo(sql.Count(c => c == '?')), () => Show(sql));
        }
    }

    [TestCase(4)]
    [TestCase(5)]
    public void A_statement_on_its_own_is_what_it_was_in_the_text(int seed)
    {
        foreach (var (sql, syntax) in RandomTexts(seed))
        {
            foreach (var statement in SqlScript.Parse(sql, syntax).Statements.Where(s => s.Reason != Refusals.UnknownSqlMode))
            {
                var again = SqlScript.Parse(statement.Text, statement.Syntax);
                Assert.That(again.Statements, Has.Count.EqualTo(1), () => Show(sql));
                Assert.That(Describe(again.Statements[0]), Is.EqualTo(Describe(statement)), () => Show(sql));
            }
        }
    }

    [TestCase(6)]
    public void Nothing_appended_to_a_statement_hides_in_it(int seed)
    {
        foreach (var (sql, syntax) in RandomTexts(seed))
        {
            foreach (var statement in SqlScript.Parse(sql, syntax).Statements)
            {
                // What is not known to end may not travel with anything else; everything else ends at an appended semicolon.
                if (statement.Kind == StatementKind.Refused || (statement.Traits & (StatementTraits.ReturnsRows | StatementTraits.CreatesRoutine)) != 0)
                    continue;
                var packet = SqlScript.Parse(statement.Text + ";DROP TABLE sentinel", statement.Syntax);
                Assert.That(packet.Statements[^1].Text, Is.EqualTo("DROP TABLE sentinel"), () => Show(sql));
            }
        }
    }

    [TestCase(7)]
    public void No_read_contains_a_word_that_writes_outside_of_quotes(int seed)
    {
        string[] harmful = ["INTO", "f(", "NEXTVAL(", "LAST_INSERT_ID("];
        foreach (var (sql, syntax) in RandomTexts(seed))
        {
            // Without quotes, comments and dots no lexer can be fooled, not even this simple one.
            if (sql.IndexOfAny(['\'', '"', '`', '#', '/', '-', '.', '\\', '@', '$']) >= 0 || sql.Contains("EXPLAIN", StringComparison.Ordinal))
                continue;
            var script = SqlScript.Parse(sql, syntax);
            if (script.IsReadOnly)
                Assert.That(harmful.Where(w => IsWordIn(sql, w)), Is.Empty, () => Show(sql));
        }
    }

    // Every shape that a careless parser reads again for each of its parts.
    private static readonly (string Name, string Head, string Part, string Tail)[] Growing =
    [
        ("nested parentheses", "SELECT ", "(", ""),
        ("closed parentheses", "SELECT ", ")", ""),
        ("statements", "", "SELECT 1;", ""),
        ("empty statements", "", ";", ""),
        ("variables", "SELECT 1", ",@v#", ""),
        ("assigned variables", "SELECT 1 INTO @a", ",@v#", ""),
        ("tables", "DROP TABLE a", ",t#", ""),
        ("joined tables", "UPDATE a", " JOIN t#", " SET x=1"),
        ("qualified names", "DROP TABLE a", ".a", ""),
        ("calls", "SELECT 1", "+f(", ""),
        ("sequences", "SELECT 1", "+NEXTVAL(a", ""),
        ("assignments", "SET a=1", ",a#=1", ""),
        ("common tables", "WITH a AS (SELECT 1)", ",a#(x) AS (SELECT 1)", ""),
        ("set statements", "", "SET STATEMENT a=1 FOR ", ""),
        ("explains", "", "EXPLAIN ANALYZE WITH a AS (SELECT 1) ", ""),
        ("begins", "CREATE PROCEDURE p() ", "BEGIN ", ""),
        ("blocks", "CREATE PROCEDURE p() BEGIN ", "BEGIN END;", ""),
        ("comments", "SELECT 1", "/* x */", ""),
        ("open comments", "SELECT 1", "/* ", ""),
        ("executable comments", "SELECT 1", "/*!50000 + 1 */", ""),
        ("open executable comments", "SELECT 1", "/*!50000 ", ""),
        ("skipped comments", "SELECT 1", "/*M!999999 /* x */ */", ""),
        ("open skipped comments", "SELECT 1", "/*M!999999 ", ""),
        ("hints", "SELECT ", "/*+ 'x' */", ""),
        ("hint quotes", "SELECT /*+ ", "'x'", " */ 1"),
        ("line comments", "SELECT 1", "-- x\n", ""),
        ("quotes", "SELECT ", "'a'", ""),
        ("doubled quotes", "SELECT '", "''", ""),
        ("escapes", "SELECT '", "\\'", ""),
        ("backticks", "SELECT ", "`a`.", ""),
        ("dollar quotes", "SELECT ", "$a", ""),
        ("numbers", "SELECT ", "1e", ""),
        ("long names", "SELECT ", "a", ""),
        ("rows", "INSERT INTO t VALUES (1)", ",(1,'a')", ""),
        ("modes", "", "SET sql_mode='ANSI';", ""),
        ("unknown modes", "", "SET sql_mode=@x;", ""),
        ("deletes", "DELETE ", "a,", " FROM t"),
        ("reserved words", "", "SELECT INTO FROM UPDATE SET ", ""),
    ];

    private static readonly string[] Shapes = [.. Growing.Select(g => g.Name)];

    [TestCaseSource(nameof(Shapes))]
    public void Work_and_memory_grow_with_the_length_of_the_text_only(string shape)
    {
        foreach (var syntax in new[] { SqlSyntax.None.WithVersions(80036, 90704), SqlSyntax.MariaDb.WithVersions(101119, 110402) })
        {
            _ = Cost(shape, 100, syntax);
            var (small, large) = (Cost(shape, 2_000, syntax), Cost(shape, 32_000, syntax));
            Assert.That(large.Characters, Is.LessThan(20.0 * small.Characters), "characters read");
            Assert.That(large.Bytes, Is.LessThan(24.0 * small.Bytes + 100_000), "bytes allocated");
        }
    }

    [Test]
    public void Many_names_are_not_compared_each_with_each()
    {
        var comparer = new CountingComparer();
        var list = new NameList(comparer);
        for (var i = 0; i < 10_000; i++)
            Assert.That(list.Add("name" + (i % 5_000)), Is.EqualTo(i % 5_000));
        Assert.That(comparer.Comparisons, Is.LessThan(50_000));
    }

    private sealed class CountingComparer : StringComparer
    {
        public int Comparisons { get; private set; }

        public override bool Equals(string? x, string? y)
        {
            Comparisons++;
            return string.Equals(x, y, StringComparison.Ordinal);
        }

        public override int Compare(string? x, string? y) => string.CompareOrdinal(x, y);

        public override int GetHashCode(string obj) => obj.GetHashCode(StringComparison.Ordinal);
    }

    private static (long Characters, long Bytes) Cost(string shape, int count, SqlSyntax syntax)
    {
        var (_, head, part, tail) = Growing.Single(g => g.Name == shape);
        var text = new StringBuilder(head);
        for (var i = 0; i < count; i++)
            text.Append(part.Replace("#", i.ToString(), StringComparison.Ordinal));
        var sql = text.Append(tail).ToString();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var script = SqlScript.Parse(sql, syntax, out var charactersRead);
        Assert.That(script.Statements, Is.Not.Empty);
        return (charactersRead, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IEnumerable<(string Sql, SqlSyntax Syntax)> RandomTexts(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Texts; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(1, 14); n > 0; n--)
                text.Append(Fragments[random.Next(Fragments.Length)]);
            yield return (text.ToString(), Syntaxes[random.Next(Syntaxes.Length)]);
        }
    }

    private static bool IsWordIn(string sql, string word)
    {
        for (var at = sql.IndexOf(word, StringComparison.Ordinal); at >= 0; at = sql.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var end = at + word.Length;
            var begins = at == 0 || !Lexer.IsIdentifierCharacter(sql[at - 1]);
            if (begins && (word[^1] == '(' || end == sql.Length || !Lexer.IsIdentifierCharacter(sql[end])))
                return true;
        }

        return false;
    }

    private static string Describe(Statement s) =>
        $"{s.Kind} {s.Verb} {s.Object} [{s.Traits}] ({string.Join(',', s.Tables)}) ({string.Join(',', s.UserVariables)}) "
        + $"({string.Join(',', s.SessionVariables)}) {s.Name} {s.PreparedText} {s.Reason} {s.ParameterCount} {s.Text}";

    private static string Show(string sql) =>
        sql.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\0", "\\0", StringComparison.Ordinal);
}
