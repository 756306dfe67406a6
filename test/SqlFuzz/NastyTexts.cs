namespace MirroredMySql.SqlFuzz;

/// <summary>Texts that have fooled, or could fool, whoever reads SQL without being the server.</summary>
internal static class NastyTexts
{
    private const string ByLine = """"
        SELECT 1 /*! , writer(1) */
        SELECT 1 /*!50000 , writer(1) */
        SELECT 1 /*!50699 , writer(1) */
        SELECT 1 /*!50700 , writer(1) */
        SELECT 1 /*!80000 , writer(1) */
        SELECT 1 /*!080000 , writer(1) */
        SELECT 1 /*!90000 , writer(1) */
        SELECT 1 /*!99999 , writer(1) */
        SELECT 1 /*!100000 , writer(1) */
        SELECT 1 /*!100100, writer(1) */
        SELECT 1 /*!101100 , writer(1) */
        SELECT 1 /*!999999 , writer(1) */
        SELECT 1 /*!999999, writer(1) */
        SELECT 1 /*!9999999 , writer(1) */
        SELECT 1 /*!00000 , writer(1) */
        SELECT 1 /*!5 , writer(1) */
        SELECT 1 /*!1234 , writer(1) */
        SELECT 1 /*! 50000 , writer(1) */
        SELECT 1 /*!50000,writer(1)*/
        SELECT 1 /*!500001,writer(1)*/
        SELECT 1 /*M! , writer(1) */
        SELECT 1 /*M!50700 , writer(1) */
        SELECT 1 /*M!100100 , writer(1) */
        SELECT 1 /*M!101119 , writer(1) */
        SELECT 1 /*M!999999 , writer(1) */
        SELECT 1 /*m!100100 , writer(1) */
        SELECT 1 /*M !100100 , writer(1) */
        SELECT 1 /* !50000 , writer(1) */
        SELECT 1 /*!99999 /* */ , writer(1) */
        SELECT 1 /*!99999 /* /* */ , writer(1) */
        SELECT 1 /*!99999 /* /* */ */ , writer(1)
        SELECT 1 /*!99999 ' */ , writer(1) /* ' */
        SELECT 1 /*!99999 # */ , writer(1)
        SELECT 1 /*!99999 -- */ , writer(1)
        SELECT 1 /*!99999 /*! */ , writer(1) /* */ */
        SELECT 1 /*!50000 /* */ , writer(1) */
        SELECT 1 /*!50000 /* */ */ , writer(1)
        SELECT 1 /*!50000 /*!50000 , writer(1) */ */
        SELECT 1 /*!50000 /*!99999 , 2 */ , writer(1) */
        SELECT 1 /*!50000 ' */ , writer(1) /* ' */
        SELECT 1 /*!50000 # */ , writer(1)
        SELECT 1 /*!50000 -- */ , writer(1)
        SELECT 1 /*!50000 , 2 */ */ , writer(1)
        SELECT 1 /*!50000 , 2
        SELECT 1 /*! */ , writer(1)
        SELECT 1 /*!*/ , writer(1)
        SELECT 1 /*!*/*/ , writer(1)
        SELECT 1 /*!/ , writer(1) */
        SELECT 1 /* /*! */ , writer(1)
        SELECT 1 /* /* */ , writer(1) */
        SELECT 1 /*/ , writer(1) */
        SELECT 1 /*/*/ , writer(1)
        SELECT 1 /***/ , writer(1)
        SELECT 1 /**/ , writer(1)
        SELECT 1 /* '*/ , writer(1) /*' */
        SELECT 1 /
        SELECT 1 /*
        SELECT 1 /*!
        SELECT 1 /*M!
        SELECT 1 /*!99999
        SELECT 1 /*+ */
        SELECT /*+ a */ 1
        SELECT /*+ ' */ 1 , writer(1) /* ' */
        SELECT /*+ ` */ 1 , writer(1) /* ` */
        SELECT /*+ SET_VAR(sort_buffer_size=40000) */ 1
        SELECT /*+ SET_VAR(sql_mode='ANSI_QUOTES') */ "a", writer(1), "b"
        SELECT /*+ SET_VAR(insert_id=7) */ 1
        SELECT /*+ QB_NAME(`a*/b`) */ 1
        SELECT/**/1
        SELECT+1
        SELECT-1
        SELECT@u1
        SELECT@@sql_mode
        SELECT'a'
        SELECT`a`.`a` FROM t1 a
        SELECT(1)
        (SELECT 1)
        ((SELECT 1))
        (((SELECT 1)) UNION (SELECT 2))
        (SELECT 1) UNION SELECT writer(1)
        SELECT 1 -- , writer(1)
        SELECT 1 --, writer(1)
        SELECT 1 --1
        SELECT 1 --writer(1)
        SELECT 1 --	, writer(1)
        SELECT 1 --
        SELECT 1 --;
        SELECT 1 --; SELECT writer(1)
        SELECT 1 # , writer(1)
        SELECT 1 #
        SELECT 1#, writer(1)
        SELECT 1; # ; DELETE FROM t1
        SELECT 1; DELETE FROM t1
        SELECT 1;; DELETE FROM t1
        ; DELETE FROM t1
        /* a */ DELETE FROM t1
        /*!50000 DELETE */ FROM t1
        /*! DELETE FROM t1 */
        /*!99999 DELETE FROM t1 */
        /*!99999 DELETE FROM t1 */ SELECT 1
        -- a DELETE FROM t1
        SELECT 1 DELIMITER $$
        DELIMITER $$
        DELIMITER ; SELECT 1
        SELECT 1 \G
        SELECT 1 \g DELETE FROM t1
        \. file
        SELECT 'a\', writer(1), \'b'
        SELECT 'a\\', writer(1), '\\b'
        SELECT 'a''', writer(1), '''b'
        SELECT 'a\'', writer(1), '\'b'
        SELECT "a\", writer(1), \"b"
        SELECT "a""", writer(1), """b"
        SELECT "a' , writer(1), 'b"
        SELECT 'a" , writer(1), "b'
        SELECT `a', writer(1), 'b` FROM t1
        SELECT `a``', writer(1), 'b`
        SELECT `a\`, writer(1), `b` FROM t1
        SELECT '\
        SELECT '
        SELECT "
        SELECT `
        SELECT 'a' "b" 'c'
        SELECT 'a' , "writer"(1)
        SELECT N'a' , n'b' , N'\'' , _utf8mb4'c' , _utf8mb4"d" , _latin1'e' , _binary'f'
        SELECT N'a\', writer(1), \'b'
        SELECT _utf8mb4'a\', writer(1), \'b'
        SELECT X'41' , x'4142' , 0x41 , 0X41 , b'01' , B'01' , 0b01
        SELECT X'4 , writer(1) , '
        SELECT b'2' , writer(1) , '
        SELECT $$a$$
        SELECT $$ , writer(1) , $$
        SELECT $a$ , writer(1) , $a$
        SELECT a$b FROM t1
        SELECT $1
        SELECT \N, \Nwriter(1)
        SELECT .5e1, 1.e1, 1e, 1e+1, 1.a, t1.5 FROM t1
        SELECT 1writer(1)
        SELECT 1e5writer(1)
        SELECT 1e5FROM t1
        SELECT 0x41writer(1)
        SELECT 0b1writer(1)
        SELECT 1.writer(1)
        SELECT .writer(1)
        SELECT {d '2026-01-01'}
        SELECT {fn writer(1)}
        SELECT * FROM {OJ t1 LEFT JOIN t2 ON (t1.id = t2.id)}
        SELECT @`a`:=1
        SELECT @'a':=1
        SELECT @"a":=1
        SELECT @a:= 1
        SELECT @a/**/:=1
        SELECT @a : = 1
        SELECT @ a := 1
        SELECT @:=1
        SELECT @a.b$c:=1
        SELECT @@u1:=1
        SELECT @é:=1
        SELECT 1 INTO@u1
        SELECT 1 INTO/**/@u1
        SELECT 1 INTO @`u1`
        SELECT 1 INTO u1
        SELECT 1 INTO @u1 FROM t1
        SELECT id INTO @u1 FROM t1 LIMIT 1
        SELECT 1 INTO OUTFILE 'fuzz'
        SELECT 1 INTO DUMPFILE 'fuzz'
        SELECT 1 INTO/**/OUTFILE 'fuzz'
        SELECT 1 FOR/**/UPDATE
        SELECT 1 FROM t1 FOR UPDATE
        SELECT 1 FROM t1 FOR UPDATE OF t1
        SELECT 1 FROM t1 LOCK IN SHARE MODE
        SELECT 1 FROM t1 LOCK/**/IN/**/SHARE/**/MODE
        SELECT * FROM (SELECT 1 FROM t1 FOR UPDATE) d
        SELECT (SELECT id FROM t1 WHERE id = 1 FOR UPDATE)
        SELECT 1 UNION SELECT id FROM t1 FOR UPDATE
        WITH a AS (SELECT id FROM t1 FOR UPDATE) SELECT * FROM a
        WITH a AS (SELECT 1) DELETE FROM t1
        WITH a AS (SELECT 1), b (x) AS (SELECT writer(1)) SELECT * FROM b
        WITH writer (x) AS (SELECT 1) SELECT * FROM writer
        WITH writer (x) AS (SELECT 1) SELECT writer(1) FROM writer
        WITH RECURSIVE a (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a WHERE x < 5) SELECT * FROM a
        SELECT 1 AS writer, (SELECT 2) writer
        SELECT 1 AS writer(1)
        SELECT 'a' writer(1)
        SELECT 1 writer(1)
        SELECT (1) writer(1)
        SELECT 1 AS a, writer(1) AS b
        SELECT * FROM (SELECT 1) AS writer (x)
        SELECT * FROM (SELECT 1) writer (x)
        SELECT * FROM t1 AS writer (x)
        SELECT * FROM t1 WHERE a IN (writer(1))
        SELECT * FROM t1 WHERE (a) IN (SELECT writer(1))
        SELECT * FROM t1 WHERE a = ANY (SELECT writer(1))
        SELECT * FROM t1 JOIN t2 USING (id), JSON_TABLE(writer(1), '$' COLUMNS (x INT PATH '$')) j
        SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (writer FOR ORDINALITY)) j
        SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (x INT PATH '$' DEFAULT '1' ON EMPTY)) j
        SELECT JSON_VALUE('{}', '$.a' DEFAULT writer(1) ON EMPTY)
        SELECT IF (1, writer(1), 2)
        SELECT VALUES(1)
        SELECT VALUE(a) FROM t1
        SELECT DEFAULT(a) FROM t1
        SELECT ROW(1, writer(1)) = (1, 1)
        SELECT CASE writer(1) WHEN 1 THEN 2 END
        SELECT INTERVAL writer(1) DAY + NOW()
        SELECT CAST(writer(1) AS CHAR(10))
        SELECT COUNT(*) OVER (ORDER BY writer(1)) FROM t1
        SELECT SUM(a) OVER w FROM t1 WINDOW w AS (PARTITION BY writer(1))
        SELECT GROUP_CONCAT(a ORDER BY writer(1)) FROM t1
        SELECT a FROM t1 GROUP BY a HAVING writer(1)
        SELECT a FROM t1 LIMIT writer(1)
        SELECT a FROM t1 PROCEDURE ANALYSE()
        SELECT a FROM t1 PROCEDURE writer(1)
        SELECT a FROM t1 PARTITION (writer)
        SELECT a FROM t1 FOR SYSTEM_TIME AS OF (writer(1))
        SELECT a FROM t1 USE INDEX (PRIMARY) IGNORE INDEX FOR ORDER BY (PRIMARY)
        SELECT a FROM t1 TABLESAMPLE SYSTEM (writer(1))
        SELECT * FROM LATERAL (SELECT writer(1)) d
        SELECT * FROM t1, LATERAL (SELECT writer(t1.a)) d
        SELECT writer FROM t1
        SELECT writer.a FROM t1 writer
        SELECT writer . (1)
        SELECT a.writer(1)
        SELECT a.b.writer(1)
        SELECT .a.writer(1)
        SELECT sq1.nextval
        SELECT sq1.`nextval`
        SELECT `sq1`.NEXTVAL
        SELECT sq1 . NEXTVAL FROM t1
        SELECT NEXT VALUE FOR sq1
        SELECT NEXT/**/VALUE/**/FOR/**/sq1
        SELECT NEXTVAL(sq1)
        SELECT NEXTVAL (sq1)
        SELECT nextval(`sq1`)
        SELECT SETVAL(sq1, 90)
        SELECT PREVIOUS VALUE FOR sq1
        SELECT * FROM sq1
        SELECT LAST_INSERT_ID(5)
        SELECT LAST_INSERT_ID(/**/)
        SELECT LAST_INSERT_ID(-- a
        SELECT LAST_INSERT_ID ( 7 )
        SELECT `LAST_INSERT_ID`(5)
        SELECT GET_LOCK('fuzz', 0)
        SELECT GET_LOCK ('fuzz', 0)
        SELECT RELEASE_LOCK('held')
        SELECT RELEASE_ALL_LOCKS()
        DO RELEASE_LOCK('held')
        DO @u1 := 1
        DO writer(1)
        DO 1, writer(1)
        VALUES (1)
        VALUES ROW(1), ROW(writer(1))
        VALUES (writer(1))
        TABLE t1
        TABLE t1 FOR UPDATE
        TABLE t1 INTO @u1
        TABLE t1 ORDER BY writer(1)
        SHOW TABLES WHERE writer(1)
        SHOW TABLES WHERE @u1 := 1
        SHOW CREATE TABLE t1
        SHOW WARNINGS
        SHOW COUNT(*) ERRORS
        HELP 'DELETE'
        DESC t1 writer
        DESC SELECT writer(1)
        DESC DELETE FROM t1
        EXPLAIN DELETE FROM t1
        EXPLAIN ANALYZE DELETE FROM t1
        EXPLAIN ANALYZE DELETE t1 FROM t1 JOIN t2
        EXPLAIN FORMAT=TREE ANALYZE DELETE FROM t1
        EXPLAIN FORMAT=JSON INTO @u1 SELECT 1
        EXPLAIN FOR CONNECTION 0
        EXPLAIN UPDATE t1 SET a = writer(1)
        EXPLAIN INSERT INTO t1 (a) SELECT writer(1)
        EXPLAIN SELECT * FROM (SELECT writer(1)) d
        EXPLAIN EXPLAIN SELECT 1
        EXPLAIN (SELECT 1)
        EXPLAIN (DELETE FROM t1)
        EXPLAIN SET @u1 = 1
        EXPLAIN CALL pr1(1)
        ANALYZE SELECT 1
        ANALYZE DELETE FROM t1
        ANALYZE FORMAT=JSON UPDATE t1 SET a = 1
        ANALYZE TABLE t1
        CHECKSUM TABLE t1
        HANDLER t1 OPEN
        SET STATEMENT sort_buffer_size=40000 FOR SELECT 1
        SET STATEMENT sort_buffer_size=(SELECT writer(1)) FOR SELECT 1
        SET STATEMENT sql_mode='ANSI_QUOTES' FOR SELECT "a", writer(1), "b"
        SET STATEMENT insert_id=7 FOR SELECT 1
        EXECUTE IMMEDIATE 'SELECT 1'
        EXECUTE ps
        BEGIN NOT ATOMIC SELECT 1; END
        IF 1 THEN SELECT 1; END IF
        LOOP SELECT 1; END LOOP
        <<a>> SELECT 1
        a: LOOP LEAVE a; END LOOP
        LABEL: SELECT 1
        u1 := 1
        SELECT 1 MINUS SELECT writer(1)
        SELECT 1 || writer(1)
        SELECT writer(+)
        SELECT a(+) FROM t1
        ｓｅｌｅｃｔ 1
        SELECT ＇a＇
        SELECT 1； DELETE FROM t1
        SELECT ‘a’
        SELECT “a”
        SELECT a－－ b
        SELECT 1 ＃ a
        SELECT é(1)
        SELECT 1é(1)
        SELECT 日本(1)
        SELECT İ(1), ı(1), K(1)
        """";

    /// <summary>What no source line can hold.</summary>
    private static readonly string[] Escaped =
    [
        "", " ", "\0", "\uFEFF", "\uFEFFSELECT 1", "\uFEFFDELETE FROM t1", "\uFEFF; DELETE FROM t1", "SELECT\u00A01", "\u00A0SELECT 1", "SELECT 1\u00A0",
        "SELECT\u30001", "SELECT\u20281", "SELECT\u00851", "SELECT\u200B1", "SELECT '\uD800'", "SELECT '\uDC00', writer(1), '\uD800'", "SELECT \uD800(1)",
        "SELECT '😀', `😀`", "SELECT 1\0, writer(1)", "\0SELECT 1", "SELECT\01", "SELECT 'a\0', writer(1), '\0b'", "SELECT `a\0b`",
        "SELECT 1 -- a\0, writer(1)", "SELECT 1 --\0, writer(1)", "SELECT 1 # a\0, writer(1)", "SELECT 1 /* \0 */, writer(1)", "SELECT 1 --\n, writer(1)",
        "SELECT 1 --\r, writer(1)", "SELECT 1 -- a\r, writer(1)", "SELECT 1 -- a\r\n, writer(1)", "SELECT 1 --\v, writer(1)", "SELECT 1 --\x7F, writer(1)",
        "SELECT 1 --\x1A, writer(1)", "SELECT 1 --\u0085, writer(1)", "SELECT 1 --\u00A0, writer(1)", "SELECT 1 # a\u2028, writer(1)", "SELECT 1 # a\r, writer(1)",
        "SELECT\v1\f+\r1", "SELECT 1;\0DELETE FROM t1", "SELECT 1; \n\t; \r\n", "SELECT 'a\n', writer(1)", "SELECT 'a'\n'b'", "SELECT 'a' -- \n 'b'", "SELECT LAST_INSERT_ID(-- \n)",
        "SELECT LAST_INSERT_ID(# \n 5)", "DELIMITER $$\nSELECT 1$$\nDELIMITER ;\nDELETE FROM t1", "SELECT 1\nDELIMITER ;\nDELETE FROM t1", "SELECT '\x1A', '\b'", "SELECT 1\x1A, writer(1)",
        "CREATE PROCEDURE pr9() LANGUAGE JAVASCRIPT AS $$ a; $$", "CREATE FUNCTION f9() RETURNS INT LANGUAGE JAVASCRIPT AS $js$ return ';' $js$; DELETE FROM t1",
    ];

    /// <summary>Texts of a size at which quadratic work would show, each with its name.</summary>
    public static IEnumerable<(string Name, string Text)> Large(int size)
    {
        yield return ("a literal", $"SELECT '{new string('a', size)}'");
        yield return ("a literal of quotes", $"SELECT '{new string('\'', size & ~1)}'");
        yield return ("a literal of backslashes", $"SELECT '{new string('\\', size & ~1)}'");
        yield return ("an open literal", $"SELECT '{new string('a', size)}");
        yield return ("an open literal of quotes", $"SELECT '{new string('\'', size | 1)}");
        yield return ("a comment", $"SELECT 1 /*{new string('*', size)}*/");
        yield return ("a comment of slashes", $"SELECT 1 /*{new string('/', size)}");
        yield return ("minus signs", $"SELECT 1 {new string('-', size)}");
        yield return ("minus signs and semicolons", $"SELECT 1 {string.Concat(Enumerable.Repeat("--;;;;", size / 6))}1");
        yield return ("dollars", $"SELECT {string.Concat(Enumerable.Repeat("$a ", size / 3))}");
        yield return ("tagged dollars", $"SELECT {string.Concat(Enumerable.Range(0, size / 8).Select(i => $"$a{i} "))}");
        yield return ("parentheses", $"SELECT {new string('(', size / 2)}1{new string(')', size / 2)}");
        yield return ("subqueries", string.Concat(Enumerable.Repeat("SELECT (", size / 8)) + "1");
        yield return ("a hexadecimal number", $"SELECT 0x{new string('A', size)}");
        yield return ("a hexadecimal number that is none", $"SELECT 0x{new string('A', size)}g");
        yield return ("a number", $"SELECT {new string('1', size)}a");
        yield return ("numbers that are names", $"SELECT {string.Concat(Enumerable.Repeat("0x1g ", size / 5))}");
        yield return ("dots", $"SELECT a{new string('.', size)}");
        yield return ("at signs", $"SELECT {new string('@', size)}");
        yield return ("blanks", $"SELECT{new string(' ', size)}1");
        yield return ("blanks and semicolons", string.Concat(Enumerable.Repeat("; ", size / 2)));
        yield return ("executable comments", $"SELECT 1 {string.Concat(Enumerable.Repeat("/*!50000 */", size / 11))}");
        yield return ("sequences behind long comments", $"SELECT {string.Concat(Enumerable.Repeat($"NEXTVAL(/*{new string(' ', 100)}*/ a) + ", size / 124))}1");
        yield return ("unknown modes and quotes", $"{string.Concat(Enumerable.Repeat("SET sql_mode = @u1;", size / 19))} SELECT \"");
    }

    /// <summary>Every text that is short.</summary>
    public static IReadOnlyList<string> All { get; } = [.. ByLine.Split('\n').Select(l => l.TrimEnd('\r')), .. Escaped];
}
