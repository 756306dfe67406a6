using System.Data.Common;
using Dapper;
using MirroredMySql.IntegrationTests.Adversity;
using MirroredMySql.LocalServers;
using MirroredMySql.Schema;

namespace MirroredMySql.IntegrationTests.SchemaChanges;

/// <summary>A test that changes the schema while somebody stands in the way.</summary>
public abstract class SchemaChangeTest(ServerFlavor flavor) : AdversityTest(flavor)
{
    private protected string Database => (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["Database"];

    /// <summary>The named lock of this database's schema changes, as a literal.</summary>
    private protected string Mutex => SchemaMutex.Name(Database);

    /// <summary>What both nodes have made of the table.</summary>
    private protected Task<(string Primary, string Standby)> ColumnsAsync(string table) => OnBothAsync<string>(
        $"SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}'");

    /// <summary>Writes on the lead, past every mirror; fails where somebody keeps the table locked.</summary>
    private protected void WriteOnLead(string sql)
    {
        using var foreign = OpenPrimary();
        foreign.Execute("SET lock_wait_timeout = 1");
        foreign.Execute(sql);
        foreign.Execute("SET lock_wait_timeout = DEFAULT");
    }

    private protected async Task AssertAllLocksAreFreeAsync()
    {
        IEnumerable<string> written;
        await using (var foreign = OpenPrimary())
        {
            Assert.That(foreign.ExecuteScalar<long>($"SELECT IS_FREE_LOCK({Mutex})"), Is.EqualTo(1), "the named lock");
            written = foreign.Query<string>("SELECT name FROM mirror_suspect");
        }

        await using var other = MakeSource(new MirroredMySqlOptions());
        await using var connection = await other.OpenConnectionAsync();
        connection.Execute("INSERT INTO item (id, v) VALUES (30, 'free'); DELETE FROM item WHERE id = 30; CREATE TABLE free (n INT); DROP TABLE free");
        // What the change before has made suspect is written down for all.
        Assert.That(other.Status.Suspects.Select(s => s.Table), Is.SubsetOf(written));
    }

    private protected static int NumberOf(DbException? exception) => (int)exception!.Data["Server Error Code"]!;
}
