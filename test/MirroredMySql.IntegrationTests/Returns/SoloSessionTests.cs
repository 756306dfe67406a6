using System.Data;
using Dapper;
using MirroredMySql.LocalServers;
using MirroredMySql.Sessions;

namespace MirroredMySql.IntegrationTests.Returns;

/// <summary>Writes of which the journal's text alone would make something else than the lead has made.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SoloSessionTests(ServerFlavor flavor) : ReturnTest(flavor)
{
    private protected override string Keywords => ";Allow User Variables=true";

    [TestCase("SET @a = 1; BEGIN; INSERT INTO item (v) VALUES (@a); SET @a = 2; INSERT INTO item (v) VALUES (@a); COMMIT")]
    [TestCase("BEGIN; INSERT INTO item (v) VALUES (NOW()); SET time_zone = '-11:00'; INSERT INTO item (v) VALUES (NOW()); COMMIT")]
    [TestCase("SET @n = 0; SET @n = @n + 1; SET @n = @n + 1; INSERT INTO item (v) VALUES (@n)")]
    [TestCase("SET @a = 1; SET @b = @a; SET @a = 2; SET @a = 1; INSERT INTO item (v) VALUES (@b)")]
    public async Task What_a_session_sets_counts_from_there_on(string text)
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync(text);

        await AssertComesBackAsync();
    }

    [Test]
    public async Task What_was_committed_behind_a_statement_and_before_its_transaction_is_not_met_by_it()
    {
        await GoSoloAsync();
        await using (var first = await Source.OpenConnectionAsync())
        await using (var second = await Source.OpenConnectionAsync())
        {
            await using var transaction = await first.BeginTransactionAsync(IsolationLevel.ReadCommitted);
            await first.ExecuteAsync("UPDATE item SET n = 7 WHERE v = 'late'", transaction: transaction);
            await second.ExecuteAsync("INSERT INTO item (v) VALUES ('late')");
            await first.ExecuteAsync("INSERT INTO item (v) VALUES ('last')", transaction: transaction);
            await transaction.CommitAsync();
        }

        await AssertComesBackAsync();
    }

    [Test]
    public async Task What_replay_finds_out_is_on_record_before_it_is_noted_as_done([Values] bool isDerived)
    {
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("CREATE TABLE sums (n INT)");
        await GoSoloAsync();
        await using (var first = await Source.OpenConnectionAsync())
        {
            if (isDerived)
                await first.ExecuteAsync("CREATE TEMPORARY TABLE own (n INT); INSERT INTO item (v, n) VALUES ('by its table', 1)");
            await using var second = await Source.OpenConnectionAsync();
            await second.ExecuteAsync("INSERT INTO sums SELECT SUM(n) FROM item");
            if (!isDerived)
            {
                await using var transaction = await second.BeginTransactionAsync(IsolationLevel.ReadCommitted);
                await second.ExecuteAsync("UPDATE sums SET n = -1 WHERE n = 7", transaction: transaction);
                await using var third = await Source.OpenConnectionAsync();
                await third.ExecuteAsync("INSERT INTO sums VALUES (7)");
                await second.ExecuteAsync("INSERT INTO sums VALUES (8)", transaction: transaction);
                await transaction.CommitAsync();
            }
        }

        var onRecord = new List<string>();
        ProtocolSteps.Observer = step =>
        {
            if (step != ProtocolSteps.EntriesCommitted)
                return;
            using var lead = Open(Pair.Primary);
            onRecord.AddRange(lead.Query<string>("SELECT name FROM mirror_suspect"));
        };
        await AssertComesBackAsync();
        Assert.That(onRecord, Does.Contain("sums"));
    }

    [Test]
    public async Task A_variable_that_a_procedure_sets_is_its_sessions_own()
    {
        await using (var first = await Source.OpenConnectionAsync())
        await using (var second = await Source.OpenConnectionAsync())
        {
            await first.ExecuteAsync("CREATE PROCEDURE choose(u INT) SET @u = u");
            await GoSoloAsync();
            await first.ExecuteAsync("CALL choose(5)");
            await second.ExecuteAsync("CALL choose(7)");
            await first.ExecuteAsync("INSERT INTO item (v) VALUES (@u)");
        }

        await AssertComesBackAsync();
    }

    [Test]
    public async Task What_is_replayed_beside_a_call_that_commits_inside_is_not_lost()
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                """
                CREATE TABLE other (id INT PRIMARY KEY, v VARCHAR(20));
                CREATE PROCEDURE p() BEGIN START TRANSACTION; INSERT INTO item (v) VALUES ('called'); COMMIT; END
                """);
            await using (var standby = Open(Pair.Standby))
                await standby.ExecuteAsync("INSERT INTO other VALUES (1, 'in the way')");
            await GoSoloAsync();
        }

        // Sessions alike would share a transaction when they are replayed, in which the last one fails.
        foreach (var text in new[] { "CALL p()", "INSERT INTO item (v) VALUES ('behind')", "INSERT INTO other VALUES (1, 'written')" })
        {
            await using var connection = await Source.OpenConnectionAsync();
            await connection.ExecuteAsync(text);
        }

        await AssertComesBackAsync();
    }

    [TestCase("UPDATE item SET n = n + 1 WHERE v = 'hidden'")]
    [TestCase("CALL raise()")]
    public async Task What_a_trigger_takes_from_a_suspect_table_is_suspect_too(string text)
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                """
                CREATE TABLE log (id INT, n INT);
                CREATE TRIGGER noted AFTER UPDATE ON item FOR EACH ROW INSERT INTO log VALUES (NEW.id, OLD.n);
                DROP PROCEDURE IF EXISTS raise;
                CREATE PROCEDURE raise() UPDATE item SET n = n + 1 WHERE v = 'hidden'
                """);
        }

        await GoSoloAsync();
        await using (var first = await Source.OpenConnectionAsync())
        {
            // By its tables only.
            await first.ExecuteAsync("CREATE TEMPORARY TABLE own (n INT); INSERT INTO item (v, n) VALUES ('hidden', 100)");
            await using var second = await Source.OpenConnectionAsync();
            await second.ExecuteAsync(text);
        }

        await AssertComesBackAsync();
    }

    [Test]
    public async Task What_nothing_comes_from_makes_no_other_table_suspect()
    {
        await using (var connection = await Source.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, n INT); CREATE TRIGGER noted AFTER UPDATE ON item FOR EACH ROW INSERT INTO log (n) VALUES (OLD.n)");
        }

        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("UPDATE item SET n = n + 1; UPDATE item SET n = n + 1");

        await AssertComesBackAsync();
        Assert.That(Warnings, Has.Some.Contains("Table log may differ").And.None.Contains("Table item may differ"));
    }

    [Test]
    public async Task What_a_session_was_told_alone_is_missed_on_the_node_that_is_back()
    {
        await GoSoloAsync();
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("SET @zone = '+05:00'; SET time_zone = @zone");
        await Pair.Standby.StartAsync();
        await UntilMirroredAsync();
        await connection.ExecuteAsync("INSERT INTO item (v) VALUES (NOW())");

        Assert.That(Source.Status.Suspects.Select(s => s.Table), Is.EqualTo(new[] { "item" }));
    }

    [Test]
    public async Task Ids_that_a_query_has_drawn_are_looked_at_while_a_node_is_alone()
    {
        await GoSoloAsync();
        await using (var connection = await Source.OpenConnectionAsync())
            await connection.ExecuteAsync("REPLACE INTO item (v) SELECT v FROM item");

        Assert.That(Source.Status.Suspects.Select(s => s.Table), Does.Contain("item"));
        await AssertComesBackAsync();
    }
}
