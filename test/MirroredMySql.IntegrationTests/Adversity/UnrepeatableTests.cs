using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>A write that has lost its connection runs again only when nothing of it can have outlived that.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class UnrepeatableTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    [TestCase("INSERT INTO item VALUES (9, 'mine')")]
    [TestCase("UPDATE item SET v = 'mine' WHERE id = 2")]
    public async Task What_ends_with_its_transaction_runs_again(string write)
    {
        Assert.That(await RunAsync(write, "BEGIN; UPDATE item SET v = 'theirs' WHERE id = 2; INSERT INTO item VALUES (9, 'theirs')", write[..6]), Is.Null);

        Assert.That(await OnBothAsync<int>("SELECT COUNT(*) FROM item WHERE v = 'mine'"), Is.EqualTo((1, 1)));
        await AssertIdenticalAsync();
    }

    [TestCase("CALL p()", "UPDATE")]
    [TestCase("INSERT INTO item VALUES (9, GET_LOCK('mine', 0))", "INSERT")]
    [TestCase("UPDATE item SET v = CONCAT('mine', GET_LOCK('mine', 0)) WHERE id = 2", "UPDATE")]
    [TestCase("UPDATE item SET v = (@n := 'mine') WHERE id = 2", "UPDATE")]
    [TestCase("INSERT INTO item VALUES (9, NEXTVAL(s))", "INSERT")]
    public async Task What_may_outlive_it_does_not_run_again(string write, string beginning)
    {
        if (Flavor == ServerFlavor.MariaDb)
            OnEach("CREATE SEQUENCE s");
        else // MySQL has no sequences
            write = write.Replace("NEXTVAL(s)", "RELEASE_LOCK('mine')", StringComparison.Ordinal);
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('partial'); UPDATE item SET v = 'mine' WHERE id = 2; END");

        Assert.That(await RunAsync(write, "BEGIN; UPDATE item SET v = 'theirs' WHERE id = 2; INSERT INTO item VALUES (9, 'theirs')", beginning), Is.Not.Null);

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two", "one,two")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task What_no_rollback_takes_back_does_not_run_again()
    {
        OnEach("CREATE TABLE counted (n INT) ENGINE=MyISAM; INSERT INTO counted VALUES (0)");

        Assert.That(await RunAsync("UPDATE counted SET n = n + 1", "LOCK TABLES counted READ", "UPDATE"), Is.Not.Null);

        Assert.That(await OnBothAsync<int>("SELECT n FROM counted"), Is.EqualTo((0, 0)));
    }

    /// <summary>Runs a write whose connection to the lead is lost while it waits for somebody there.</summary>
    /// <returns>What the caller is told.</returns>
    private async Task<DbException?> RunAsync(string write, string obstacle, string beginning)
    {
        var source = MakeOther(new MirroredMySqlOptions());
        await using var connection = source.OpenConnection();
        connection.Execute("UPDATE item SET v = 'one' WHERE id = 1");
        var id = IdOf(connection, NodeRole.Primary);
        await using var foreign = OpenPrimary();
        foreign.Execute(obstacle);
        await using var administrator = await OpenAdministratorAsync(NodeRole.Primary);
        var killer = Task.Run(async () =>
        {
            await UntilRunningAsync(NodeRole.Primary, id, beginning);
            await administrator.ExecuteAsync($"KILL {id}");
            await foreign.ExecuteAsync("ROLLBACK; UNLOCK TABLES");
        });
        DbException? exception = null;
        try
        {
            connection.Execute(write);
        }
        catch (DbException e)
        {
            exception = e;
        }

        await killer;
        Assert.That(source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored), "the node is well");
        return exception;
    }
}
