using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>An administrator's KILL QUERY is an error for the caller, never a result, and leaves nothing half done.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class KilledQueryTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    [TestCase("CALL p()", "UPDATE")]
    [TestCase("UPDATE item SET v = 'mine' WHERE id = 2", "UPDATE")]
    [TestCase("SELECT id FROM item FOR UPDATE", "SELECT")]
    [TestCase("INSERT INTO item VALUES (9, 'mine')", "INSERT")]
    public async Task A_query_that_is_killed_on_the_lead_throws_and_leaves_nothing_behind(string statement, string beginning)
    {
        if (Flavor == ServerFlavor.MariaDb && beginning == "INSERT")
            statement += " RETURNING id";
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('partial'); UPDATE item SET v = 'mine' WHERE id = 2; SELECT 1; END");
        await using var connection = Source.OpenConnection();
        var id = IdOf(connection, NodeRole.Primary);
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; UPDATE item SET v = 'theirs' WHERE id = 2; INSERT INTO item VALUES (9, 'theirs')");
        var killer = Task.Run(() => KillQueryAsync(NodeRole.Primary, id, beginning));

        Assert.Catch<DbException>(() => connection.Query(statement).AsList());
        await killer;
        foreign.Execute("ROLLBACK");
        connection.Execute("INSERT INTO item VALUES (20, 'next')");

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two,next", "one,two,next")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_call_that_is_killed_in_a_transaction_is_undone_with_it()
    {
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('partial'); UPDATE item SET v = 'mine' WHERE id = 2; END");
        await using var connection = Source.OpenConnection();
        await using var foreign = OpenPrimary();
        foreign.Execute("BEGIN; UPDATE item SET v = 'theirs' WHERE id = 2");
        await using (var transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO item (v) VALUES ('undone')", transaction: transaction);
            var id = IdOf(connection, NodeRole.Primary);
            var killer = Task.Run(() => KillQueryAsync(NodeRole.Primary, id, "UPDATE"));
            Assert.Catch<DbException>(() => connection.Execute("CALL p()", transaction: transaction));
            await killer;
            Assert.DoesNotThrow(transaction.Rollback);
        }

        foreign.Execute("ROLLBACK");
        connection.Execute("INSERT INTO item VALUES (20, 'next')");
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two,next", "one,two,next")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_query_that_is_killed_on_the_follower_is_carried_out_all_the_same()
    {
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(30) });
        await using var connection = source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        var id = IdOf(connection, NodeRole.Standby);
        await using var foreign = OpenStandby();
        foreign.Execute("BEGIN; UPDATE item SET v = 'theirs' WHERE id = 2");
        var killer = Task.Run(async () =>
        {
            await KillQueryAsync(NodeRole.Standby, id, "UPDATE");
            await foreign.ExecuteAsync("ROLLBACK");
        });

        Assert.That(connection.Execute("UPDATE item SET v = 'mine' WHERE id = 2"), Is.EqualTo(1));
        await killer;

        Assert.That(await OnBothAsync<string>("SELECT v FROM item WHERE id = 2"), Is.EqualTo(("mine", "mine")));
        Assert.That(source.Status.Suspects, Is.Empty);
        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
    }
}
