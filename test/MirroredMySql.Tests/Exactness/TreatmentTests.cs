using System.Collections.Frozen;
using MirroredMySql.Exactness;
using MirroredMySql.Schema;
using MirroredMySql.Sql;
using static MirroredMySql.Tests.Sql.Parsing;

namespace MirroredMySql.Tests.Exactness;

/// <summary>What is done with a write, in terms of its text: each value that the lead finds stands as «expression».</summary>
internal sealed class TreatmentTests
{
    private static readonly DatabaseFacts Facts = new()
    {
        Name = "app",
        Tables = new TableFacts[]
        {
            new() { Name = "item", Columns = [new("id", null), new("n", null)], PrimaryKey = ["id"], AutoIncrement = "id" },
            new() { Name = "pair", Columns = [new("a", null), new("b", null)], PrimaryKey = ["a", "b"], Cascades = [new("part", true, false)] },
            new() { Name = "part", Columns = [new("id", null)], PrimaryKey = ["id"] },
            new() { Name = "heap", Columns = [new("n", null)] },
            new() { Name = "flat", Columns = [new("n", null)], IsTransactional = false },
            new() { Name = "guid", Columns = [new("id", null), new("g", "uuid()"), new("n", null)], PrimaryKey = ["id"] },
            new() { Name = "odd", Columns = [new("id", null), new("g", "concat(uuid(), `id`)")], PrimaryKey = ["id"] },
            new() { Name = "user", Columns = [new("name", null)], PrimaryKey = ["name"] },
            new()
            {
                Name = "watched", Columns = [new("id", null)], PrimaryKey = ["id"],
                Triggers = [new TriggerFacts("watch", "INSERT", RoutineBody.Read("INSERT INTO item (n) VALUES (NEW.id)", SqlSyntax.None))],
            },
        }.ToFrozenDictionary(t => t.Name),
        Procedures = new Dictionary<string, RoutineFacts>
        {
            ["add_one"] = RoutineBody.Read("INSERT INTO item (n) VALUES (1)", SqlSyntax.None),
            ["add_many"] = RoutineBody.Read("BEGIN l: FOR i IN 1..3 DO INSERT INTO item (n) VALUES (i); END FOR; END", SqlSyntax.MariaDb),
            ["hidden"] = RoutineFacts.Unknown,
        }.ToFrozenDictionary(),
        Functions = new Dictionary<string, RoutineFacts>
        {
            ["looks"] = RoutineBody.Read("BEGIN DECLARE x INT; SELECT CASE WHEN COUNT(*) > 1 THEN 1 ELSE 0 END INTO x FROM heap; RETURN x; END", SqlSyntax.None),
            ["writes"] = RoutineBody.Read("BEGIN INSERT INTO heap (n) VALUES (1); RETURN 1; END", SqlSyntax.None),
        }.ToFrozenDictionary(),
        Definitions = new Dictionary<string, string>(),
    };

    [TestCase("INSERT INTO item (n) VALUES (UUID_SHORT())", "INSERT INTO item (n) VALUES («UUID_SHORT()»)")]
    [TestCase("INSERT INTO user (name) VALUES (UUID())", "INSERT INTO user (name) VALUES («UUID()»)")]
    [TestCase("UPDATE item SET n = CONNECTION_ID(), id = SYSDATE( 6 )", "UPDATE item SET n = «CONNECTION_ID()», id = NOW( 6 )")]
    [TestCase("UPDATE item SET n = 'UUID()' -- SYSDATE()", "UPDATE item SET n = 'UUID()'")]
    [TestCase("UPDATE item SET n = 1 LIMIT 2", "UPDATE item SET n = 1  ORDER BY `id` LIMIT 2")]
    [TestCase("DELETE FROM pair LIMIT 2", "DELETE FROM pair  ORDER BY `a`,`b` LIMIT 2")]
    [TestCase("INSERT INTO item (n) SELECT a FROM pair x", "INSERT INTO item (n) SELECT a FROM pair x ORDER BY x.`a`,x.`b` ")]
    [TestCase("INSERT INTO heap (n) SELECT a FROM pair x", "INSERT INTO heap (n) SELECT a FROM pair x")]
    [TestCase("INSERT INTO guid (id) VALUES (1), (2)", "INSERT INTO guid (id,`g`) VALUES (1,«uuid()»), (2,«uuid()»)")]
    [TestCase("INSERT INTO guid (G, id) VALUES (DEFAULT, 1), ('x', 2)", "INSERT INTO guid (G, id) VALUES («uuid()», 1), ('x', 2)")]
    [TestCase("INSERT INTO guid VALUES (1, default, 2)", "INSERT INTO guid VALUES (1, «uuid()», 2)")]
    [TestCase("INSERT INTO guid SET id = 1 ON DUPLICATE KEY UPDATE n = 2", "INSERT INTO guid SET id = 1,`g`=«uuid()» ON DUPLICATE KEY UPDATE n = 2")]
    [TestCase("CALL add_one(UUID())", "CALL add_one(«UUID()»)")]
    [TestCase("INSERT INTO watched (id) VALUES (1)", "INSERT INTO watched (id) VALUES (1)", "item")]
    [TestCase("INSERT INTO odd (id) VALUES (1)", "INSERT INTO odd (id) VALUES (1)", "odd")]
    [TestCase("INSERT INTO guid () VALUES ()", "INSERT INTO guid () VALUES ()", "guid")]
    [TestCase("INSERT INTO guid (id) SELECT id FROM part", "INSERT INTO guid (id) SELECT id FROM part", "guid")]
    [TestCase("UPDATE item SET n = UUID_SHORT()", "UPDATE item SET n = UUID_SHORT()", "item")]
    [TestCase("UPDATE heap SET n = 1 LIMIT 1", "UPDATE heap SET n = 1 LIMIT 1", "heap")]
    [TestCase("UPDATE item, pair SET n = 1 LIMIT 1", "UPDATE item, pair SET n = 1 LIMIT 1", "item", "pair")]
    [TestCase("INSERT INTO heap (n) SELECT SQL_NO_CACHE DISTINCT b FROM pair LIMIT 1", "INSERT INTO heap (n) SELECT SQL_NO_CACHE DISTINCT b FROM pair LIMIT 1", "heap")]
    [TestCase("UPDATE item SET sysdate = 1", "UPDATE item SET sysdate = 1", "item")]
    [TestCase("INSERT INTO flat VALUES (1)", "INSERT INTO flat VALUES (1)", "flat")]
    [TestCase("CALL add_many()", "CALL add_many()", "item")]
    [TestCase("CALL hidden()", "CALL hidden()", "")]
    [TestCase("CALL missing()", "CALL missing()", "")]
    public void The_text_is_made_exact_or_its_tables_are_in_doubt(string sql, string expected, params string[] doubtful)
    {
        var treatment = Of(sql);
        var text = Single(sql).Text;
        var values = treatment.Evaluations.Select(e => new TextEdit(e.Start, e.End, $"{e.Prefix}«{e.Expression}»"));
        Assert.That(TextEdit.Apply(text, treatment.Edits.Concat(values)), Is.EqualTo(expected));
        Assert.That(treatment.Doubts.SelectMany(d => d.Tables.DefaultIfEmpty("")).Distinct(), Is.EquivalentTo(doubtful));
    }

    [TestCase("DELETE FROM pair", "pair", "part")]
    [TestCase("UPDATE pair SET a = 1", "pair")]
    [TestCase("INSERT INTO watched (id) VALUES (1)", "watched", "item")]
    [TestCase("UPDATE watched SET id = 1", "watched")]
    [TestCase("CALL add_one()", "item")]
    [TestCase("SELECT writes()", "heap")]
    [TestCase("INSERT INTO item (n) VALUES (writes())", "item", "heap")]
    [TestCase("UPDATE unknown SET n = 1", "unknown")]
    public void Every_table_that_may_be_written_is_named(string sql, params string[] tables) => Assert.That(Of(sql).Tables, Is.EquivalentTo(tables));

    [TestCase("UPDATE item SET n = looks()", true)]
    [TestCase("INSERT INTO item (n) VALUES (@x := (SELECT MAX(n) FROM heap))", true)]
    [TestCase("UPDATE item SET n = writes()", false)]
    [TestCase("UPDATE item SET n = (SELECT MAX(n) FROM heap)", false)]
    public void Code_that_reads_without_locks_is_noticed(string sql, bool reads) =>
        Assert.That(Of(sql).ReadsWithoutLocks, reads ? Is.Not.Null : Is.Null);

    [TestCase("INSERT INTO guid (id) VALUES (1)")]
    [TestCase("UPDATE item SET n = UUID_SHORT(), id = CONNECTION_ID()")]
    [TestCase("DELETE FROM item LIMIT 1")]
    public void What_does_not_travel_as_text_is_left_alone_and_in_doubt(string sql)
    {
        var treatment = Treatments.Of(Single(sql), isText: false, Find);
        Assert.That(treatment.IsPlain, Is.True);
        Assert.That(treatment.Doubts, Is.Not.Empty);
    }

    [TestCase("INSERT INTO item (n) VALUES (1) ON DUPLICATE KEY UPDATE n = 2", true)]
    [TestCase("INSERT INTO item (id, n) VALUES (1, 1) ON DUPLICATE KEY UPDATE n = 2", false)]
    [TestCase("INSERT INTO item (n) VALUES (1)", false)]
    public void An_upsert_that_draws_ids_is_known(string sql, bool draws) => Assert.That(Of(sql).UpdatesNumbered is not null, Is.EqualTo(draws));

    [TestCase("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO heap VALUES (1)", "heap")]
    [TestCase("CREATE EVENT e ON SCHEDULE EVERY 1 DAY\nDO\nBEGIN INSERT INTO heap VALUES (1); UPDATE item SET n = 1; END", "heap", "item")]
    [TestCase("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO heap SELECT ' DO ' FROM item", "heap")]
    [TestCase("ALTER EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM pair", "pair")]
    [TestCase("DROP EVENT e")]
    [TestCase("ALTER TABLE item ADD g VARCHAR(40) DEFAULT (UUID())", "item")]
    [TestCase("CREATE TABLE fresh (g VARCHAR(40) DEFAULT (UUID()))")]
    public void A_schema_change_doubts_what_each_node_does_by_itself(string sql, params string[] tables) =>
        Assert.That(Of(sql).Doubts.SelectMany(d => d.Tables).Distinct(), Is.EquivalentTo(tables));

    private static Treatment Of(string sql) => Treatments.Of(Single(sql), isText: true, Find);

    private static (DatabaseFacts, string)? Find(string name) => (Facts, name);
}
