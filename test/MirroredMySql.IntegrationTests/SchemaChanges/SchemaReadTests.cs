using System.Diagnostics;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.SchemaChanges;

/// <summary>A transaction that reads the schema again, because others may have changed it, gets in nobody's way.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class SchemaReadTests(ServerFlavor flavor) : SchemaChangeTest(flavor)
{
    [SetUp]
    public void CreateAnotherTable()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("CREATE TABLE other (id INT PRIMARY KEY)");
    }

    [Test]
    public async Task It_holds_no_table_that_it_has_not_touched([Values] NodeRole role, [Values] bool withSqlText)
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = withSqlText ? null : connection.BeginTransaction();
        if (withSqlText)
            connection.Execute("SET autocommit=0");
        connection.Execute("INSERT INTO other VALUES (1)", transaction: transaction);
        Source.Mirror.Schema.Invalidate(Database);
        await connection.ExecuteAsync("INSERT INTO other VALUES (2)", transaction: transaction);
        Source.Mirror.Schema.Invalidate(Database);
        connection.Execute("INSERT INTO other VALUES (3)", transaction: transaction);

        await using var foreign = Open(role);
        foreign.Execute("SET lock_wait_timeout=1");
        Assert.That(() => foreign.Execute("ALTER TABLE item ADD COLUMN w INT"), Throws.Nothing);
    }

    [Test]
    public async Task A_transaction_and_a_schema_change_do_not_wait_for_each_other_across_the_nodes()
    {
        var changing = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromMinutes(10) });
        await using var changer = changing.OpenConnection();
        changer.Execute("UPDATE item SET v = 'met' WHERE id = 1");
        var id = IdOf(changer, NodeRole.Standby);
        await using var connection = Source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO other VALUES (1)", transaction: transaction);
        await using var reader = OpenStandby();
        reader.Execute("BEGIN; SELECT * FROM item");

        var change = Task.Run(() => changer.Execute("ALTER TABLE item ADD COLUMN w INT"));
        await UntilRunningAsync(NodeRole.Standby, id, "ALTER");
        Source.Mirror.Schema.Invalidate(Database);
        connection.Execute("INSERT INTO other VALUES (2)", transaction: transaction);
        var write = Task.Run(() => connection.Execute("INSERT INTO item (v) VALUES ('three')", transaction: transaction));
        reader.Execute("COMMIT");
        await Task.WhenAll(change, write).WaitAsync(TimeSpan.FromMinutes(1));
        transaction.Commit();

        Assert.That(changing.Status.Suspects, Is.Empty);
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task It_does_not_wait_for_a_pool_that_is_used_up([Values] bool isAsync)
    {
        await using var source = MakeSource(new MirroredMySqlOptions(), ";Maximum Pool Size=1");
        await using var connection = source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO other VALUES (1)", transaction: transaction);
        source.Mirror.Schema.Invalidate(Database);

        var watch = Stopwatch.StartNew();
        if (isAsync)
            await connection.ExecuteAsync("INSERT INTO other VALUES (2)", transaction: transaction);
        else
            connection.Execute("INSERT INTO other VALUES (2)", transaction: transaction);
        transaction.Commit();

        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(8)));
        Assert.That(source.Mirror.Schema.Known(Database)!.Tables.Keys, Is.EquivalentTo(["item", "other"]));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task It_finds_out_about_a_table_that_somebody_is_waiting_to_change()
    {
        await using var connection = Source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("UPDATE item SET v = 'three' WHERE id = 1", transaction: transaction);
        await using var foreign = OpenPrimary();
        var id = IdOf(foreign);
        var change = Task.Run(() => foreign.Execute("ALTER TABLE item ADD COLUMN w INT"));
        await UntilRunningAsync(NodeRole.Primary, id, "ALTER");
        Source.Mirror.Schema.Invalidate(Database);

        connection.Execute("UPDATE item SET v = 'four' WHERE id = 1", transaction: transaction);
        Assert.That(Source.Mirror.Schema.Known(Database)!.Tables.Keys, Is.EquivalentTo(["item", "other"]));
        transaction.Commit();
        await change;
    }

    [Test]
    public void Locked_tables_do_not_hide_the_others()
    {
        using var connection = Source.OpenConnection();
        connection.Execute("LOCK TABLES item WRITE");
        Source.Mirror.Schema.Invalidate(Database);
        connection.Execute("UPDATE item SET v = 'locked' WHERE id = 1");
        Assert.That(Source.Mirror.Schema.Known(Database)!.Tables.Keys, Is.EquivalentTo(["item", "other"]));
        connection.Execute("UNLOCK TABLES");
    }
}
