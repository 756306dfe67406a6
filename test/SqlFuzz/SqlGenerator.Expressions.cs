using MirroredMySql.Sql;

namespace MirroredMySql.SqlFuzz;

/// <summary>Literals, columns, calls, and the calls and variables that make more of a query than a read.</summary>
internal sealed partial class SqlGenerator
{
    private static readonly (string Name, int Arguments)[] Functions =
    [
        ("ABS", 1), ("ASCII", 1), ("BIT_COUNT", 1), ("CEIL", 1), ("CHAR_LENGTH", 1), ("COALESCE", 3), ("CONCAT", 2), ("CONCAT_WS", 3),
        ("CRC32", 1), ("CURDATE", 0), ("DATABASE", 0), ("DATE", 1), ("DATEDIFF", 2), ("ELT", 3), ("FIELD", 3), ("FIND_IN_SET", 2),
        ("FLOOR", 1), ("FORMAT", 2), ("GREATEST", 2), ("HEX", 1), ("IF", 3), ("IFNULL", 2), ("INET_ATON", 1), ("INSERT", 4), ("INSTR", 2),
        ("ISNULL", 1), ("JSON_ARRAY", 2), ("JSON_VALID", 1), ("LAST_DAY", 1), ("LEFT", 2), ("LENGTH", 1), ("LOCATE", 2), ("LOWER", 1),
        ("MICROSECOND", 1), ("MOD", 2), ("NOW", 0), ("NULLIF", 2), ("OCT", 1), ("PI", 0), ("QUOTE", 1), ("RAND", 0), ("REPLACE", 3),
        ("REVERSE", 1), ("RIGHT", 2), ("ROUND", 1), ("SIGN", 1), ("STRCMP", 2), ("SUBSTRING", 3), ("SYSDATE", 0), ("TRUNCATE", 2),
        ("UNIX_TIMESTAMP", 0), ("UPPER", 1), ("USER", 0), ("UTC_DATE", 0), ("UUID", 0), ("VERSION", 0), ("YEAR", 1),
    ];

    private void Expression(int depth)
    {
        if (_wantsTrap && Chance(depth > 0 ? 8 : 3))
        {
            TrapExpression();
            return;
        }

        switch (depth > 0 ? random.Next(14) : random.Next(3))
        {
            case 0:
                Literal();
                break;
            case 1 or 2:
                Column();
                break;
            case 3 or 4:
                Operation(depth);
                break;
            case 5 or 6 or 7:
                Call(depth);
                break;
            case 8:
                Add("CASE WHEN");
                Expression(depth - 1);
                Add("THEN");
                Expression(depth - 1);
                Add("ELSE");
                Expression(depth - 1);
                Add("END");
                break;
            case 9:
                SpecialCall(depth);
                break;
            case 10:
                Subquery(depth);
                break;
            case 11:
                Parenthesised(() => Expression(depth - 1));
                break;
            case 12:
                Add(Pick("@@sql_mode", "@@session.time_zone", "@@global.max_connections", "@u1", "@`u2`", "CURRENT_TIMESTAMP", "UTC_TIME"));
                break;
            default:
                Predicate(depth);
                break;
        }
    }

    private void Literal()
    {
        var literal = Pick(
            "1", "0", ".5", "1.", "1e3", "1.5e-2", "0x41", "0b11", "'a'", "''", "'it''s'", "'/*'", "'*/'", "'-- '", "'#'", "N'n'",
            "_utf8mb4'u'", "X'4142'", "x'41'", "b'01'", "B'1'", "NULL", "TRUE", "\\N", "DATE'2026-01-02'", "'a' 'b'", "'`'", "'\"'", "'é'",
            "'; DELETE FROM t1; -- '", "'@u1 := 1'", "'writer(1)'", "- 1", "1 - - 1", "1 --1", "!1");
        if (Chance(6))
            literal = syntax.HasBackslashEscapes ? Pick("'it\\'s'", "'\\\\'", "'\\' , writer(1) , \\''", "'\\n\\0'") : Pick("'\\'", "'C:\\dir\\'", "'\\''\\'");
        else if (Chance(6) && !syntax.HasAnsiQuotes)
            literal = Pick("\"a\"", "\"it's\"", "\"a\"\"b\"", "\"; DROP TABLE t1; \"", "\"`\"", "\"/*\"");
        Token(literal);
    }

    private void Column()
    {
        if (_scope.Count == 0)
        {
            Literal();
            return;
        }

        var (alias, columns) = _scope.ElementAt(random.Next(_scope.Count));
        var column = columns[random.Next(columns.Length)];
        Add(random.Next(4) switch
        {
            0 => $"{alias}.{column}",
            1 => $"{alias} . {column}",
            2 => $"`{alias}`.{Identifier(column)}",
            _ => $"{alias}.{column}",
        });
    }

    private void Operation(int depth)
    {
        Expression(depth - 1);
        Add(Pick("+", "-", "/", "%", "DIV", "MOD", "=", "<=>", "<", ">=", "<>", "!=", "AND", "OR", "XOR", "&", "|", "^", "&&"));
        Expression(depth - 1);
    }

    private void Predicate(int depth)
    {
        Add("(");
        Expression(depth - 1);
        Add(Pick("", "NOT"));
        switch (random.Next(4))
        {
            case 0:
                Add("IN");
                Parenthesised(() => List(2, () => Expression(depth - 1)));
                break;
            case 1:
                Add("BETWEEN 1 AND");
                Expression(0);
                break;
            case 2:
                Add("LIKE 'a%' ESCAPE '|'");
                break;
            default:
                Add("IN");
                Subquery(depth);
                break;
        }

        Add(")");
    }

    private void Call(int depth)
    {
        var (name, arguments) = Functions[random.Next(Functions.Length)];
        Add(name + "(");
        List(arguments, () => Expression(depth - 1));
        Add(")");
    }

    private void SpecialCall(int depth)
    {
        var (before, behind) = Pick(
            ("CAST(", "AS CHAR(10) )"), ("CAST(", "AS DECIMAL(10,2) )"), ("CAST(", "AS SIGNED )"), ("CONVERT(", "USING utf8mb4 )"),
            ("CONVERT(", ", DECIMAL(10,2) )"), ("TRIM( BOTH 'x' FROM", ")"), ("TRIM(", ")"), ("EXTRACT( YEAR FROM", ")"), ("CHAR( 65 ,", ")"),
            ("SUBSTRING(", "FROM 1 FOR 2 )"), ("POSITION( 'a' IN", ")"), ("DATE_ADD( NOW() , INTERVAL", "DAY )"), ("EXISTS ( SELECT", ")"),
            ("INTERVAL(", ", 1 , 2 )"), ("CONCAT (", ")"), ("COALESCE (", ")"), ("TIMESTAMPADD( DAY , 1 ,", ")"), ("NOW() + INTERVAL", "DAY"),
            ("CAST(", "AS CHAR ) COLLATE utf8mb4_bin"), ("- ", ""), ("NOT", ""), ("WEIGHT_STRING(", ")"), ("LAST_DAY(", ")"), ("ROW( 1 ,", ") = ( 1 , 2 )"));
        Add(before);
        Expression(depth - 1);
        Add(behind);
    }

    private void Aggregate()
    {
        var call = Pick("COUNT(", "SUM(", "MIN(", "MAX(", "AVG(", "COUNT( DISTINCT", "GROUP_CONCAT(", "BIT_XOR(", "JSON_ARRAYAGG(");
        Add(call);
        Expression(1);
        Add(call == "GROUP_CONCAT(" && Chance(2) ? "ORDER BY 1 SEPARATOR ';'" : "");
        Add(")");
    }

    private void Window()
    {
        Add(Pick("ROW_NUMBER()", "RANK()", "COUNT(*)", "SUM( 1 )"));
        Add("OVER ( PARTITION BY");
        Column();
        Add("ORDER BY");
        Column();
        Add(")");
    }

    private void Subquery(int depth) => Parenthesised(() => InScope(() =>
    {
        var alias = NewName();
        _scope.Push((alias, Columns));
        Add("SELECT");
        Expression(depth - 1);
        Add(Pick("FROM t1 AS", "FROM t2", "FROM v1"));
        Token(alias);
        Add("WHERE");
        Token(alias);
        Add(". id = 1");
    }));

    // Each of these is more than a plain read, wherever it stands.
    private void TrapExpression()
    {
        switch (random.Next(syntax.IsMariaDb ? 8 : 6))
        {
            case 0:
                Trap(Pick("writer(", "writer (", "writer /**/ (", $"{database}.writer(", $"{database} . writer (", "`writer`(", "reader("));
                Add("1 )");
                break;
            case 1:
                Trap(Pick("`concat`(", $"{database}.concat(", $"{database}.count(", $"{database} . `count` (", "`now`(", Identifier("count") + " ("));
                Add("1 )");
                break;
            case 2 when !syntax.IgnoresSpace:
                Trap(Pick("COUNT (", "SUM (", "MAX (", "NOW (", "SUBSTRING (", "COUNT /**/ ("));
                Add("1 )");
                break;
            case 2 or 3:
                Trap(Pick("( @u1 := 2 )", "( @`u2` := 2 )", "( @'u1' := 2 )", "( @u.x := 2 )"));
                break;
            case 4:
                Trap(Pick(
                    "GET_LOCK( 'fuzz' , 0 )", "RELEASE_LOCK( 'held' )", "RELEASE_ALL_LOCKS()", "IS_FREE_LOCK( 'held' )", "IS_USED_LOCK('held')"));
                break;
            case 5:
                Trap(Pick(
                    "LAST_INSERT_ID()", "LAST_INSERT_ID( 5 )", "LAST_INSERT_ID (  )", "LAST_INSERT_ID ( 6 )", "FOUND_ROWS()", "ROW_COUNT()",
                    "CONNECTION_ID()", "@@last_insert_id", "@@session.identity", "@@identity", "@@warning_count", "@@session . last_insert_id"));
                break;
            case 6:
                Trap(Pick("NEXTVAL( sq1 )", "NEXT VALUE FOR sq1", "SETVAL( sq1 , 50 )", "LASTVAL( sq1 )", "PREVIOUS VALUE FOR sq1"));
                break;
            default:
                Trap(Pick("sq1 . nextval", "sq1.NEXTVAL", $"sq1 . {Identifier("nextval")}", $"{database} . sq1 . currval", $"NEXT VALUE FOR {database}.sq1", "NEXTVAL ( sq1 )"));
                break;
        }

    }
}
