using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Hazards;

/// <summary>Writes that read what others are writing at this moment, in every shape that SQL has for it, commit in one order.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class OrderTests(ServerFlavor flavor) : HazardTest(flavor)
{
    private const int Workers = 6;
    private const int Rounds = 40;

    [TestCase("INSERT INTO log (worker, v) SELECT @worker, v FROM hot WHERE id = @id")]
    [TestCase("UPDATE sink SET v = (SELECT v FROM hot WHERE id = @id) WHERE id = @worker")]
    [TestCase("UPDATE sink s JOIN hot h ON h.id = @id SET s.v = (s.v * 7 + h.v) % 1000003 WHERE s.id = @worker")]
    [TestCase("INSERT INTO log (worker, v) VALUES (@worker, (SELECT v FROM hot WHERE id = @id))")]
    [TestCase("DELETE FROM log WHERE worker IN (SELECT v % 6 FROM hot WHERE id = @id)")]
    [TestCase("INSERT INTO log (worker, v) VALUES (@worker, look(@id))")]
    [TestCase("CALL copy(@worker, @id)")]
    [TestCase("UPDATE sink SET v = @x := (SELECT v FROM hot WHERE id = @id) WHERE id = @worker")]
    [TestCase("REPLACE INTO sink SELECT @worker, v FROM hot WHERE id = @id")]
    [TestCase("INSERT INTO sink SELECT @worker, v FROM hot WHERE id = @id ON DUPLICATE KEY UPDATE v = (sink.v + hot.v) % 1000003")]
    [TestCase("UPDATE log SET v = 0 WHERE worker = @id; INSERT INTO log (worker, v) VALUES (@id, @round)")]
    public async Task What_reads_hot_rows_reads_the_same_on_both_nodes(string text)
    {
        Connection.Execute(
            """
            CREATE TABLE hot (id INT PRIMARY KEY, v INT NOT NULL);
            CREATE TABLE sink (id INT PRIMARY KEY, v INT NOT NULL);
            CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, worker INT NOT NULL, v INT NOT NULL, KEY (worker));
            CREATE FUNCTION look(which INT) RETURNS INT READS SQL DATA RETURN (SELECT v FROM hot WHERE id = which);
            CREATE PROCEDURE copy(worker INT, which INT) BEGIN DECLARE x INT; SELECT v INTO x FROM hot WHERE id = which; UPDATE sink SET v = x WHERE id = worker; END;
            INSERT INTO hot VALUES (1, 1), (2, 1);
            INSERT INTO sink VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)
            """);

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => Work(text, worker))));

        await AssertExactAsync();
    }

    private void Work(string text, int worker)
    {
        var random = new Random(worker);
        using var connection = Mirror.OpenConnection();
        // What a session asks for does not make an autocommit write less exact.
        if (worker % 2 == 0)
            connection.Execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        for (var round = 0; round < Rounds; round++)
        {
            var values = new { worker, round, id = random.Next(1, 3) };
            Retry(() => connection.Execute("UPDATE hot SET v = (v * 31 + @round) % 1000003 WHERE id = @id", values));
            Retry(() => connection.Execute(text, values));
        }
    }

    // A deadlock is the application's to retry, as on one server.
    private static void Retry(Action work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                work();
                return;
            }
            catch (DbException e) when (attempt < 100 && e.Data["Server Error Code"] is 1213 or 1205)
            {
            }
        }
    }
}
