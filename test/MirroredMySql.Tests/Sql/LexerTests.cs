using MirroredMySql.Sql;

namespace MirroredMySql.Tests.Sql;

internal sealed class LexerTests
{
    [TestCase("SELECT 1 --1", "Word:SELECT Number:1 Symbol:- Symbol:- Number:1", TestName = "Two_hyphens_without_a_blank_are_two_minus_signs")]
    [TestCase("SELECT 1 -- 1", "Word:SELECT Number:1")]
    [TestCase("SELECT 1 --\t1\n+2", "Word:SELECT Number:1 Symbol:+ Number:2")]
    [TestCase("SELECT 1 --\u0001x", "Word:SELECT Number:1")]
    [TestCase("SELECT 1 --", "Word:SELECT Number:1")]
    [TestCase("SELECT 1--; ;\n", "Word:SELECT Number:1", TestName = "Semicolons_at_the_very_end_are_not_there_for_the_server")]
    [TestCase("SELECT 1--;2", "Word:SELECT Number:1 Symbol:- Symbol:- Semicolon:; Number:2")]
    [TestCase("SELECT 1 # x\n2", "Word:SELECT Number:1 Number:2")]
    [TestCase("SELECT 1 # x\r2", "Word:SELECT Number:1", TestName = "A_lone_carriage_return_does_not_end_a_line_comment")]
    [TestCase("SELECT/**/1", "Word:SELECT Number:1")]
    [TestCase("a/*/b*/c", "Word:a Word:c", TestName = "The_star_that_opens_a_comment_does_not_close_it")]
    [TestCase("a /* b /* c */ d", "Word:a Word:d", TestName = "Comments_do_not_nest")]
    [TestCase("SELECT /*+ MAX_EXECUTION_TIME(1) */ 1", "Word:SELECT Number:1")]
    public void Comments_are_skipped_as_the_servers_skip_them(string sql, string tokens) =>
        Assert.That(Tokens(sql), Is.EqualTo(tokens));

    [TestCase("'a''b' 'c\\'d' 'e'", SqlSyntax.None, "String:'a''b' String:'c\\'d' String:'e'")]
    [TestCase("'a\\' 'b'", SqlSyntax.NoBackslashEscapes, "String:'a\\' String:'b'")]
    [TestCase("\"a\"\"b;\" x", SqlSyntax.None, "String:\"a\"\"b;\" Word:x")]
    [TestCase("\"a\\\" x", SqlSyntax.AnsiQuotes, "QuotedName:\"a\\\" Word:x")]
    [TestCase("\"a\\\" x\"", SqlSyntax.None, "String:\"a\\\" x\"")]
    [TestCase("`a``b;` x", SqlSyntax.None, "QuotedName:`a``b;` Word:x")]
    [TestCase("`a\\` x", SqlSyntax.None, "QuotedName:`a\\` Word:x", TestName = "A_backslash_escapes_nothing_in_a_name")]
    [TestCase("N'a' _utf8'b' x'41' b'01'", SqlSyntax.None, "Word:N String:'a' Word:_utf8 String:'b' Word:x String:'41' Word:b String:'01'")]
    [TestCase("$$a;'b$$ $t$c;$$d$t$ e", SqlSyntax.None, "DollarString:$$a;'b$$ DollarString:$t$c;$$d$t$ Word:e")]
    [TestCase("$$a$$ $b", SqlSyntax.MariaDb, "Word:$$a$$ Word:$b")]
    [TestCase("$b c", SqlSyntax.None, "Word:$b Word:c")]
    public void Quotes_end_where_the_sql_mode_ends_them(string sql, SqlSyntax syntax, string tokens) =>
        Assert.That(Tokens(sql, syntax), Is.EqualTo(tokens));

    [TestCase("1e5FROM", "Number:1e5 Word:FROM")]
    [TestCase("1e+5FROM", "Number:1e+5 Word:FROM")]
    [TestCase("1.FROM", "Number:1. Word:FROM")]
    [TestCase("1.5FROM", "Number:1.5 Word:FROM")]
    [TestCase(".5FROM", "Number:.5 Word:FROM")]
    [TestCase("1FROM", "Word:1FROM")]
    [TestCase("1eFROM", "Word:1eFROM")]
    [TestCase("0x1F FROM", "Number:0x1F Word:FROM")]
    [TestCase("0x1FROM", "Word:0x1FROM")]
    [TestCase("0b01 0b2", "Number:0b01 Word:0b2")]
    [TestCase("t.5e1", "Word:t Dot:. Word:5e1")]
    [TestCase("\\NINTO", "Symbol:\\N Word:INTO")]
    public void A_number_ends_where_a_keyword_can_begin(string sql, string tokens) => Assert.That(Tokens(sql), Is.EqualTo(tokens));

    [TestCase("@a.b+@'c d'@`e`@\"f\"", "UserVariable:@a.b Symbol:+ UserVariable:@'c d' UserVariable:@`e` UserVariable:@\"f\"")]
    [TestCase("@@x @@global.y @@`z`", "SystemVariable:@@x SystemVariable:@@global Dot:. Word:y SystemVariable:@@`z`")]
    [TestCase("@a:=1 : = 2", "UserVariable:@a Assign::= Number:1 Symbol:: EqualSign:= Number:2")]
    [TestCase("? ?a '?' `?` -- ?", "Parameter:? Symbol:? Word:a String:'?' QuotedName:`?`")]
    [TestCase("a\u00A0b", "Word:a\u00A0b", TestName = "A_no_break_space_is_part_of_a_name")]
    public void Variables_and_parameters_are_single_tokens(string sql, string tokens) => Assert.That(Tokens(sql), Is.EqualTo(tokens));

    [TestCase("t.select", 2)]
    [TestCase("select.t", 0)]
    public void A_word_beside_a_dot_is_no_keyword(string sql, int index) =>
        Assert.That(Read(sql, SqlSyntax.None)[index].Keyword, Is.EqualTo(Keyword.None));

    [Test]
    public void Every_keyword_is_found_in_any_case()
    {
        foreach (var keyword in Enum.GetValues<Keyword>().Where(k => k != Keyword.None))
        {
            Assert.That(Keywords.Find(Keywords.Spell(keyword)), Is.EqualTo(keyword));
            Assert.That(Keywords.Find(Keywords.Spell(keyword).ToLowerInvariant()), Is.EqualTo(keyword));
        }
    }

    [TestCase("'a")]
    [TestCase("'a\\")]
    [TestCase("'a''")]
    [TestCase("\"a")]
    [TestCase("`a")]
    [TestCase("/* a")]
    [TestCase("/*! a")]
    [TestCase("/*!50000 a")]
    [TestCase("/*/")]
    [TestCase("@'a")]
    [TestCase("@@`a")]
    [TestCase("$$a")]
    [TestCase("/*!99999 a /* b */ c")]
    public void What_does_not_end_is_reported(string sql)
    {
        var lexer = new Lexer(sql, 0, SqlSyntax.None.WithVersions(80036, 90704));
        while (lexer.Read().Kind != TokenKind.End)
        {
        }

        Assert.That(lexer.IsUnterminated, Is.True);
    }

    private static string Tokens(string sql, SqlSyntax syntax = SqlSyntax.None) =>
        string.Join(' ', Read(sql, syntax).Select(t => $"{t.Kind}:{sql[t.Start..t.End]}"));

    private static List<Token> Read(string sql, SqlSyntax syntax)
    {
        var lexer = new Lexer(sql, 0, syntax);
        var tokens = new List<Token>();
        for (var token = lexer.Read(); token.Kind != TokenKind.End; token = lexer.Read())
            tokens.Add(token);
        return tokens;
    }
}
