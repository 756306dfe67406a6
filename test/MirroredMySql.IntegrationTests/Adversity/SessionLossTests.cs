using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>A session goes on when the server has ended one of its connections: with what it held there, or it says what it lacks.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SessionLossTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    [Test]
    public async Task A_transaction_that_could_not_begin_is_none([Values] bool async)
    {
        await using (var connection = Source.OpenConnection())
        {
            connection.Execute("INSERT INTO item VALUES (3, 'three'); SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
            await KillConnectionAsync(connection, NodeRole.Primary);
            await Assert.CatchAsync<DbException>(async () => _ = async ? await connection.BeginTransactionAsync() : connection.BeginTransaction());
            connection.Execute("INSERT INTO item VALUES (4, 'on its own')");
        }

        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM item"), Is.EqualTo((4, 4)));
    }

    [Test]
    public async Task The_latest_id_outlives_its_connection()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("INSERT INTO item VALUES (7, 'seven'); INSERT INTO item (v) VALUES ('eight')");
        await KillConnectionAsync(connection, NodeRole.Primary);

        Assert.That(connection.ExecuteScalar<int>("SELECT LAST_INSERT_ID()"), Is.EqualTo(8));
    }

    [Test]
    public async Task A_statement_that_was_prepared_from_a_variable_outlives_its_connection()
    {
        var source = MakeOther(new MirroredMySqlOptions());
        await using var connection = source.OpenConnection();
        connection.Execute("SET @s = 'INSERT INTO item (v) VALUES (''prepared'')'; PREPARE p FROM @s; SET @s = 'SELECT 1'; EXECUTE p");
        await KillConnectionAsync(connection, NodeRole.Standby);
        // What may outlive a rollback does not run again by itself.
        Assert.That(Assert.Catch<MirroredDbException>(() => connection.Execute("EXECUTE p"))!.IsTransient, Is.True);
        connection.Execute("EXECUTE p");

        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM item WHERE v = 'prepared'"), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task A_variable_that_a_trigger_has_set_is_missed_where_its_connection_is_gone()
    {
        var source = MakeOther(new MirroredMySqlOptions());
        await using var connection = source.OpenConnection();
        connection.Execute(
            """
            CREATE TABLE totals (n INT);
            CREATE TRIGGER summed BEFORE INSERT ON item FOR EACH ROW SET @sum = @sum + NEW.id;
            SET @sum = 0;
            INSERT INTO item VALUES (5, 'five')
            """);
        await KillConnectionAsync(connection, NodeRole.Standby);
        connection.Execute("INSERT INTO totals VALUES (@sum)");

        var (primary, standby) = await OnBothAsync<int?>("SELECT n FROM totals");
        Assert.That(primary, Is.EqualTo(5));
        Assert.That(standby == primary || source.Status.Suspects.Any(s => s.Table == "totals"), Is.True, $"{standby}");
    }
}
