using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>After an error that took something away, a session does not go on as if nothing had happened.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class PoisonTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    [Test]
    public async Task A_deadlock_in_a_locking_read_rolls_back_both_nodes([Values] NodeRole role)
    {
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(30) });
        await using var connection = source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("UPDATE item SET v = 'mine' WHERE id = 1", transaction: transaction);
        await using var foreign = Open(role);
        var id = IdOf(foreign);
        // The server picks the transaction that has changed less, which has to be the mirrored one.
        foreign.Execute("BEGIN; UPDATE item SET v = 'theirs' WHERE id = 2; INSERT INTO item (v) VALUES ('3'), ('4'), ('5'), ('6'), ('7'), ('8')");
        var waiting = Task.Run(() => foreign.Execute("UPDATE item SET v = 'theirs' WHERE id = 1"));
        await UntilRunningAsync(role, id, "UPDATE");

        const string Read = "SELECT v INTO @x FROM item WHERE id = 2 FOR UPDATE";
        if (role == NodeRole.Primary)
            Assert.That(Assert.Catch<DbException>(() => connection.Execute(Read, transaction: transaction))!.Data["Server Error Code"], Is.EqualTo(1213));
        else
            connection.Execute(Read, transaction: transaction);
        await waiting;
        foreign.Execute("ROLLBACK");

        Assert.That(
            Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('after')", transaction: transaction))!.IsTransient, Is.True);
        Assert.That(Assert.Throws<MirroredDbException>(transaction.Commit)!.IsTransient, Is.True);
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two", "one,two")));
        Assert.That(source.Status.Suspects, Is.Empty);
    }

    [Test]
    public async Task A_rollback_after_a_failed_commit_does_not_throw()
    {
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(1) });
        await using var connection = source.OpenConnection();
        await using var foreign = OpenStandby();
        foreign.Execute("BEGIN; SELECT * FROM item FOR UPDATE");
        await using var transaction = connection.BeginTransaction();
        Assert.Catch<DbException>(() => connection.Execute("UPDATE item SET v = 'mine'", transaction: transaction));
        Assert.Throws<MirroredDbException>(transaction.Commit);

        Assert.DoesNotThrow(transaction.Rollback);

        foreign.Execute("ROLLBACK");
        connection.Execute("INSERT INTO item VALUES (3, 'three')");
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two,three", "one,two,three")));
        Assert.That(source.Status.Suspects, Is.Empty);
    }

    [Test]
    public async Task Lost_temporary_tables_are_missed_until_the_connection_is_opened_again()
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("CREATE TEMPORARY TABLE scratch (v VARCHAR(10)); INSERT INTO scratch VALUES ('x')");
        await using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('undone')", transaction: transaction);
            await KillConnectionAsync(connection, NodeRole.Primary);
            Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) SELECT v FROM scratch", transaction: transaction));
        }

        Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('early')"));
        Assert.Throws<MirroredDbException>(() => connection.BeginTransaction());
        Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('early')"));
        await connection.CloseAsync();
        await connection.OpenAsync();
        connection.Execute("INSERT INTO item VALUES (20, 'late')");

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two,late", "one,two,late")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_database_that_the_standby_lacks_is_refused_and_both_sessions_stay([Values] bool text)
    {
        await using var connection = Source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        var home = connection.Database;
        var other = home + "_other";
        await using (var administrator = await OpenAdministratorAsync(NodeRole.Primary))
            administrator.Execute($"CREATE DATABASE {other}; CREATE TABLE {other}.item LIKE {home}.item; GRANT ALL ON {other}.* TO '{User}'@'%'");

        Assert.That(
            Assert.Throws<MirroredDbException>(() => Use(connection, other, text))!.Node, Is.EqualTo(NodeRole.Standby));

        Assert.That(connection.Database, Is.EqualTo(home));
        Assert.That(connection.ExecuteScalar<string>("SELECT DATABASE()"), Is.EqualTo(home));
        connection.Execute("INSERT INTO item VALUES (3, 'home')");
        Assert.That(await OnBothAsync<string>("SELECT v FROM item WHERE id = 3"), Is.EqualTo(("home", "home")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_transaction_whose_lead_connection_is_gone_at_its_commit_is_on_neither_node()
    {
        var source = MakeOther(new MirroredMySqlOptions { FailoverPolicy = FailoverPolicy.Manual });
        await using var connection = source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO item VALUES (3, 'three')", transaction: transaction);
        await KillConnectionAsync(connection, NodeRole.Primary);

        var exception = Assert.Throws<MirroredDbException>(transaction.Commit);

        Assert.That((exception!.IsInDoubt, exception.IsTransient), Is.EqualTo((false, true)));
        Assert.That(source.Status.Suspects, Is.Empty);
        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item WHERE id = 3"), Is.EqualTo((0L, 0L)));
    }

    private string User => (string)new DbConnectionStringBuilder { ConnectionString = PrimaryString }["User ID"];

    private static void Use(MirroredDbConnection connection, string database, bool text)
    {
        if (text)
            connection.Execute($"USE {database}");
        else
            connection.ChangeDatabase(database);
    }
}
