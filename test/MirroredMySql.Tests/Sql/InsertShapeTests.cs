using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Sql;

/// <summary>A column that is added to an insert lands in its list and in each of its rows, whatever stands around them.</summary>
internal sealed class InsertShapeTests
{
    [TestCase("INSERT INTO t (a, b) VALUES (1, 2)", "a b", "1|2")]
    [TestCase("INSERT INTO t VALUES (1, 2), (3, 4)", null, "1|2/3|4")]
    [TestCase("INSERT INTO t () VALUES ()", "", "")]
    [TestCase("INSERT t VALUE (1)", null, "1")]
    [TestCase("REPLACE INTO db.t (`a b`, t.c, db.t.d) VALUES (1, 2, 3)", "a b c d", "1|2|3")]
    [TestCase("INSERT INTO t PARTITION (p, q) (a) VALUES (1)", "a", "1")]
    [TestCase("INSERT INTO t PARTITION (p) VALUES (1)", null, "1")]
    [TestCase("INSERT INTO t (value) VALUES (DEFAULT)", "value", "DEFAULT")]
    [TestCase("INSERT INTO t (a, b) VALUES (f(1, (2)), CASE WHEN (1) THEN 'x' ELSE NULL END)", "a b", "f(1, (2))|CASE WHEN (1) THEN 'x' ELSE NULL END")]
    [TestCase("INSERT INTO t (a) VALUES ((SELECT b FROM u WHERE c IN (1, 2)))", "a", "(SELECT b FROM u WHERE c IN (1, 2))")]
    [TestCase("INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = 2", "a", "1")]
    [TestCase("INSERT INTO t (a) VALUES (1), (2) AS n (x) ON DUPLICATE KEY UPDATE a = n.x", "a", "1/2")]
    [TestCase("INSERT INTO t (a) VALUES (1) RETURNING a, b", "a", "1")]
    [TestCase("INSERT INTO t SET a = 1, t.b = f(1, 2), `c` := 'x,y' ON DUPLICATE KEY UPDATE a = 2", "a b c", "1|f(1, 2)|'x,y'")]
    [TestCase("INSERT INTO t (a) VALUES (-1 + 2 ,\t3)", "a", "-1 + 2|3")]
    [TestCase("INSERT INTO t (a) VALUES ('),(' , \"),(\"), (/* ),( */ 1 -- ),(\n, 2)", "a", "'),('|\"),(\"/1|2")]
    [TestCase("INSERT INTO t (a) VALUES ('it''s \\' ,', 2)", "a", "'it''s \\' ,'|2")]
    public void Columns_and_rows_are_found(string sql, string? columns, string rows)
    {
        var statement = Single(sql);
        var shape = InsertShape.Of(statement)!;
        Assert.That(shape.Columns is null ? null : string.Join(' ', shape.Columns), Is.EqualTo(columns));
        Assert.That(string.Join('/', shape.Rows.Select(r => string.Join('|', r.Select(v => statement.Text[v.Start..v.End])))), Is.EqualTo(rows));
    }

    [TestCase("INSERT INTO t SELECT 1")]
    [TestCase("INSERT INTO t (a) SELECT 1")]
    [TestCase("INSERT INTO t (a) (SELECT 1)")]
    [TestCase("INSERT INTO t TABLE u")]
    [TestCase("INSERT INTO t WITH c AS (SELECT 1) SELECT * FROM c")]
    [TestCase("INSERT INTO t VALUES ROW(1), ROW(2)")]
    [TestCase("INSERT INTO t (a) VALUES (1), 2")]
    [TestCase("INSERT INTO t (a) VALUES (1")]
    [TestCase("INSERT INTO t SET a")]
    [TestCase("INSERT INTO t SET a =")]
    [TestCase("UPDATE t WHERE a")]
    public void What_is_no_list_of_rows_has_no_shape(string sql) => Assert.That(InsertShape.Of(Single(sql)), Is.Null);

    [TestCase("INSERT INTO t (a) VALUES (1), (2)", "INSERT INTO t (a,`g`) VALUES (1,'v'), (2,'v')")]
    [TestCase("INSERT INTO t (a -- c\n) VALUES (1 /* ) */) # end", "INSERT INTO t (a -- c\n,`g`) VALUES (1 /* ) */,'v')")]
    [TestCase("INSERT INTO t PARTITION (p) (a) VALUES ((1))", "INSERT INTO t PARTITION (p) (a,`g`) VALUES ((1),'v')")]
    [TestCase("INSERT INTO t (a) VALUES (1) AS n(x) ON DUPLICATE KEY UPDATE a = (2)", "INSERT INTO t (a,`g`) VALUES (1,'v') AS n(x) ON DUPLICATE KEY UPDATE a = (2)")]
    [TestCase("INSERT INTO t SET a = (1), b = 2 -- end", "INSERT INTO t SET a = (1), b = 2,`g`='v'")]
    [TestCase("INSERT INTO t SET a = 'x' ON DUPLICATE KEY UPDATE a = 2", "INSERT INTO t SET a = 'x',`g`='v' ON DUPLICATE KEY UPDATE a = 2")]
    public void A_column_can_be_added(string sql, string expected)
    {
        var statement = Single(sql);
        var shape = InsertShape.Of(statement)!;
        var edits = shape.RowEnds.Select(end => new TextEdit(end, end, shape.IsSet ? ",`g`='v'" : ",'v'")).ToList();
        if (!shape.IsSet)
            edits.Add(new TextEdit(shape.EndOfColumns, shape.EndOfColumns, ",`g`"));
        Assert.That(TextEdit.Apply(statement.Text, edits), Is.EqualTo(expected));
    }

    [TestCase("INSERT INTO t (\"a,b\", c) VALUES ('\\', 2)", SqlSyntax.AnsiQuotes | SqlSyntax.NoBackslashEscapes, "a,b c", 2)]
    [TestCase("INSERT INTO t (a) VALUES (\"x), (\", 2)", SqlSyntax.None, "a", 2)]
    public void The_sql_mode_counts(string sql, SqlSyntax syntax, string columns, int values)
    {
        var shape = InsertShape.Of(Single(sql, syntax))!;
        Assert.That(string.Join(' ', shape.Columns!), Is.EqualTo(columns));
        Assert.That(shape.Rows.Single(), Has.Count.EqualTo(values));
    }
}
