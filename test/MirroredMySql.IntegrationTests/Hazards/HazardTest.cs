using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Hazards;

/// <summary>A test of statements that two servers could answer differently, in a session with user variables.</summary>
public abstract class HazardTest(ServerFlavor flavor) : MirroredTest(flavor)
{
    private protected MirroredDbDataSource Mirror { get; private set; } = null!;

    private protected MirroredDbConnection Connection { get; private set; } = null!;

    [SetUp]
    public void CreateTables()
    {
        // Whatever need not go to the lead goes to the standby.
        Mirror = MakeSource(new MirroredMySqlOptions { ReadPreference = ReadPreference.Standby }, ";Allow User Variables=true;Allow Load Local Infile=true");
        // A session that has written reads from the lead.
        using (var writer = Mirror.OpenConnection())
        {
            writer.Execute(
                """
                CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(100) UNIQUE, n INT NOT NULL DEFAULT 0);
                CREATE TABLE heap (n BIGINT NULL, note VARCHAR(100) NULL);
                INSERT INTO item (code, n) VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4)
                """);
        }

        Connection = Mirror.OpenConnection();
        // A rolled-back insert uses up ids, on one node only.
        using var standby = OpenStandby();
        standby.Execute("START TRANSACTION; INSERT INTO item (n) VALUES (0), (0), (0); ROLLBACK");
    }

    [TearDown]
    public async Task DisposeMirror()
    {
        await Connection.DisposeAsync();
        await Mirror.DisposeAsync();
    }

    private protected async Task AssertExactAsync()
    {
        Assert.That(Mirror.Status.Suspects, Is.Empty);
        await AssertSameRowsAsync();
    }

    private protected void AssertSuspect(string table, string reason)
    {
        var suspects = Mirror.Status.Suspects.Where(s => s.Table == table).ToList();
        Assert.That(suspects, Has.Count.EqualTo(1), string.Join(", ", Mirror.Status.Suspects));
        Assert.That(suspects[0].Reason, Does.Contain(reason));
    }
}
