using MirroredMySql.Sql;

namespace MirroredMySql.Tests.Sql;

/// <summary>What most of these tests ask of a text.</summary>
internal static class Parsing
{
    public static Statement Single(string sql, SqlSyntax syntax = SqlSyntax.None)
    {
        var script = SqlScript.Parse(sql, syntax);
        Assert.That(script.Statements, Has.Count.EqualTo(1), sql);
        return script.Statements[0];
    }

    public static StatementKind KindOf(string sql, SqlSyntax syntax = SqlSyntax.None) => Single(sql, syntax).Kind;

    public static string[] TextsOf(string sql, SqlSyntax syntax = SqlSyntax.None) =>
        [.. SqlScript.Parse(sql, syntax).Statements.Select(s => s.Text)];
}
