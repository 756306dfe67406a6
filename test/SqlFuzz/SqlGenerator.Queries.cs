using MirroredMySql.Sql;

namespace MirroredMySql.SqlFuzz;

/// <summary>SELECT and what surrounds it.</summary>
internal sealed partial class SqlGenerator
{
    private void TopQuery()
    {
        if (_wantsTrap && Chance(3))
        {
            Select(2, isOuter: false);
            Trap(Pick(
                "FOR UPDATE", "LOCK IN SHARE MODE", "INTO @u1 , @u2", "INTO @u1 , @`u2`", "INTO OUTFILE 'fuzz'", "LIMIT 1 INTO @u1 , @u2",
                syntax.IsMariaDb ? "FOR UPDATE NOWAIT" : "FOR SHARE SKIP LOCKED"));
        }
        else if (!syntax.IsMariaDb && Chance(12))
        {
            Add(Pick("TABLE t1", "TABLE v1 ORDER BY a", "TABLE t2 LIMIT 2"));
        }
        else if (Chance(12))
        {
            Values(2);
        }
        else
        {
            Query(random.Next(1, 4), 3);
        }

        if (_wantsTrap)
            HiddenTail();
    }

    // In a comment that is code here, or that is none and looks like one.
    private void HiddenTail()
    {
        switch (random.Next(4))
        {
            case 0:
                Trap("/*! FOR UPDATE */");
                break;
            case 1:
                Trap("/*!50000 FOR UPDATE */");
                break;
            case 2 when syntax.IsMariaDb:
                Trap(Pick("/*M! FOR UPDATE */", "/*M!100100 FOR UPDATE */", "/*!100100 FOR UPDATE */"));
                break;
            case 2:
                Trap(Pick("/*!80000 FOR UPDATE */", "/*!50700 FOR UPDATE */", "/*!080000 FOR UPDATE */"));
                break;
            default:
                Add(syntax.IsMariaDb
                    ? Pick("/*!50700 FOR UPDATE */", "/*!99999 INTO @u1 */", "/*!999999 /* */ FOR UPDATE */", "/*M!999999 INTO @u1 */")
                    : Pick("/*M! FOR UPDATE */", "/*!99999 INTO @u1 */", "/*!999999 /* */ FOR UPDATE */", "/*M!100100 INTO @u1 */"));
                break;
        }
    }

    private void Query(int columns, int depth)
    {
        switch (depth > 0 ? random.Next(10) : 9)
        {
            case 0:
                Parenthesised(() => Select(columns, isOuter: false, depth - 1));
                Add(Pick("UNION", "UNION ALL", "UNION DISTINCT", "EXCEPT", "INTERSECT"));
                Parenthesised(() => Select(columns, isOuter: false, depth - 1));
                if (Chance(2))
                    Add("ORDER BY 1 LIMIT 3");
                break;
            case 1:
                With(columns, depth);
                break;
            case 2:
                Parenthesised(() => Query(columns, depth - 1));
                break;
            default:
                Select(columns, isOuter: true, depth - 1);
                break;
        }
    }

    private void Parenthesised(Action content)
    {
        Add("(");
        content();
        Add(")");
    }

    private void With(int columns, int depth)
    {
        var name = NewName();
        var names = Enumerable.Range(0, columns).Select(_ => NewName()).ToArray();
        Add("WITH");
        if (Chance(4))
            Add("RECURSIVE");
        Token(name);
        Add("(");
        List(columns, NameIn(names));
        Add(") AS");
        Parenthesised(() => Select(columns, isOuter: false, depth - 1));
        Add("SELECT");
        List(columns, NameIn(names));
        Add("FROM");
        Token(name);
        if (Chance(2))
            Add("LIMIT 5");
    }

    private Action NameIn(string[] names)
    {
        var next = 0;
        return () => Token(names[next++]);
    }

    private void Values(int columns)
    {
        Add("VALUES");
        List(random.Next(1, 3), () =>
        {
            if (!syntax.IsMariaDb)
                Add("ROW");
            Parenthesised(() => List(columns, () => Expression(1)));
        });
    }

    private void Select(int columns, bool isOuter, int depth = 1) => InScope(() =>
    {
        Add("SELECT");
        if (Chance(10))
            Add(Pick("/*+ NO_INDEX_MERGE(q1) */", "/*+ MAX_EXECUTION_TIME(5000) */", "/*+ a */"));
        if (isOuter && _wantsTrap && Chance(8))
            Trap("SQL_CALC_FOUND_ROWS");
        var isDistinct = Chance(8);
        if (isDistinct)
            Add("DISTINCT");

        // The list of columns comes first and needs the tables: write the tables aside.
        var head = _tokens;
        _tokens = [];
        var hasTables = !Chance(5);
        if (hasTables)
            From(depth);
        var tables = _tokens;
        _tokens = head;

        var aggregates = hasTables && Chance(5);
        List(columns, () => SelectItem(aggregates, hasTables, depth));
        _tokens.AddRange(tables);
        if (!hasTables)
            return;

        if (Chance(2))
        {
            Add("WHERE");
            Expression(depth);
        }

        if (aggregates)
            return;
        if (isDistinct)
            Add(Chance(2) ? "ORDER BY 1" : "");
        else if (isOuter && Chance(3))
            OrderBy(depth);
        if (Chance(4))
            Add(Pick("LIMIT 3", "LIMIT 1 , 2", "LIMIT 2 OFFSET 1"));
    });

    private void OrderBy(int depth)
    {
        Add("ORDER BY");
        Expression(depth);
        Add(Pick("", "ASC", "DESC"));
    }

    private void SelectItem(bool aggregates, bool hasTables, int depth)
    {
        if (aggregates)
            Aggregate();
        else if (hasTables && Chance(12))
            Window();
        else
            Expression(depth);
        if (Chance(4))
        {
            Add("AS");
            Token(Chance(3) ? $"`{NewName()} as`" : NewName());
        }
    }

    private void From(int depth)
    {
        Add("FROM");
        TableReference(depth);
        switch (random.Next(5))
        {
            case 0:
                Add(",");
                TableReference(depth);
                break;
            case 1:
                Add(Pick("JOIN", "LEFT JOIN", "CROSS JOIN", "STRAIGHT_JOIN"));
                TableReference(depth);
                Add("ON");
                Parenthesised(() => Expression(1));
                break;
        }
    }

    private void TableReference(int depth)
    {
        var alias = NewName();
        var columns = Columns;
        switch (random.Next(8))
        {
            case 0 when depth > 0:
                columns = [NewName()];
                Parenthesised(() => Hidden(() =>
                {
                    Add("SELECT");
                    Expression(depth - 1);
                    Add("AS");
                    Token(columns[0]);
                }));
                break;
            case 1:
                columns = ["a"];
                Add("JSON_TABLE( '[1,2]' , '$[*]' COLUMNS ( a INT PATH '$' ) )");
                break;
            case 2:
                Add("t1");
                if (Chance(2))
                    Add("PARTITION ( p0 )");
                break;
            default:
                Add(Pick("t1", "t2", "m1", "v1", Identifier("t2")));
                break;
        }

        Add(Pick("AS", ""));
        Token(alias);
        _scope.Push((alias, columns));
    }

    // A derived table does not see the tables beside it.
    private void Hidden(Action content)
    {
        var outer = _scope.ToArray();
        _scope.Clear();
        content();
        _scope.Clear();
        foreach (var table in outer.Reverse())
            _scope.Push(table);
    }

    private string Identifier(string name) => syntax.HasAnsiQuotes && Chance(2) ? $"\"{name}\"" : $"`{name}`";
}
