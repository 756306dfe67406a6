using System.Data;
using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Adversity;

/// <summary>Procedures that fail or commit in their midst, and commands that change under a reader.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class CallTests(ServerFlavor flavor) : AdversityTest(flavor)
{
    [Test]
    public async Task A_call_that_fails_midway_leaves_nothing_behind_and_its_transaction_goes_on()
    {
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('partial'); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END");
        await using var connection = Source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO item (v) VALUES ('before')", transaction: transaction);

        var exception = Assert.Catch<DbException>(() => connection.Execute("CALL p()", transaction: transaction));
        connection.Execute("INSERT INTO item (v) VALUES ('after')", transaction: transaction);
        await transaction.CommitAsync();

        Assert.That(exception, Is.Not.InstanceOf<MirroredDbException>());
        Assert.That(exception!.Message, Is.EqualTo("no"));
        Assert.That(
            await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two,before,after", "one,two,before,after")));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_call_of_unknown_text_that_only_the_follower_fails_is_carried_out_and_the_follower_mended([Values] bool inTransaction)
    {
        var source = MakeOther(new MirroredMySqlOptions());
        await using (var standby = OpenStandby())
            await standby.ExecuteAsync("INSERT INTO item VALUES (3, 'in the way')");
        using (new Failover.HeldReturn())
        await using (var connection = source.OpenConnection())
        {
            await connection.ExecuteAsync("CREATE PROCEDURE p() BEGIN SET @s = 'INSERT INTO item VALUES (3, ''called'')'; PREPARE s FROM @s; EXECUTE s; END");
            await using var transaction = inTransaction ? await connection.BeginTransactionAsync() : null;
            await connection.ExecuteAsync("CALL p()", transaction: transaction);
            if (transaction is not null)
                await transaction.CommitAsync();
        }

        await Failover.Eventually.IsAsync(() => source.Status is { Mode: MirrorMode.Mirrored, Suspects.Count: 0 });
        Assert.That(await OnBothAsync<string>("SELECT v FROM item WHERE id = 3"), Is.EqualTo(("called", "called")));
    }

    [Test]
    public async Task What_stands_behind_a_call_that_the_follower_refuses_does_not_run([Values] bool isScalar, [Values] bool async)
    {
        OnEach("CREATE PROCEDURE p() BEGIN UPDATE item SET v = 'called' WHERE id = 1; SELECT 1; END");
        var source = MakeOther(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromSeconds(1) });
        await using var connection = await source.OpenConnectionAsync();
        await using (var foreign = OpenStandby())
        {
            await foreign.ExecuteAsync("BEGIN; SELECT * FROM item WHERE id = 1 FOR UPDATE");
            await using var command = connection.CreateCommand();
            command.CommandText = "CALL p(); UPDATE item SET v = 'behind' WHERE id = 2";

            var exception = await Assert.CatchAsync<DbException>(async () =>
            {
                if (isScalar)
                {
                    _ = async ? await command.ExecuteScalarAsync() : command.ExecuteScalar();
                    return;
                }

                await using var reader = async ? await command.ExecuteReaderAsync() : command.ExecuteReader();
                while (async ? await reader.NextResultAsync() : reader.NextResult())
                {
                }
            });

            Assert.That(exception!.Message, Does.Contain("Lock wait timeout"));
            await foreign.ExecuteAsync("ROLLBACK");
        }

        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two", "one,two")));
    }

    [Test]
    public async Task A_call_that_fails_midway_outside_a_transaction_leaves_nothing_behind()
    {
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('partial'); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END");
        await using var connection = Source.OpenConnection();

        Assert.That(Assert.Catch<DbException>(() => connection.Execute("CALL p()"))!.Message, Is.EqualTo("no"));

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item"), Is.EqualTo((2L, 2L)));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_call_whose_output_the_driver_cannot_convert_leaves_nothing_behind_and_its_transaction_goes_on(
        [Values] bool commit, [Values] bool read, [Values] bool async)
    {
        OnEach("CREATE PROCEDURE p(OUT n VARCHAR(20)) BEGIN INSERT INTO item (v) VALUES ('called'); SET n = 'abc'; END");
        await using (var connection = Source.OpenConnection())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            connection.Execute("INSERT INTO item VALUES (10, 'before')", transaction: transaction);
            await using var command = connection.CreateCommand();
            (command.CommandText, command.CommandType, command.Transaction) = ("p", CommandType.StoredProcedure, transaction);
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Direction) = ("n", DbType.Int32, ParameterDirection.Output);
            command.Parameters.Add(parameter);

            Assert.That(() => CallAsync(command, read, async), Throws.InstanceOf<FormatException>());

            connection.Execute("INSERT INTO item VALUES (11, 'after')", transaction: transaction);
            await (commit ? transaction.CommitAsync() : transaction.RollbackAsync());
        }

        await using var next = Source.OpenConnection();
        next.Execute("INSERT INTO item VALUES (20, 'next')");
        var expected = commit ? "one,two,before,after,next" : "one,two,next";
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo((expected, expected)));
        await AssertIdenticalAsync();
    }

    [Test]
    public async Task A_call_that_is_refused_before_it_runs_takes_nothing_back()
    {
        OnEach("CREATE PROCEDURE fails() BEGIN UPDATE item SET v = 'partial'; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END");
        OnEach("CREATE PROCEDURE doubtful() BEGIN INSERT INTO item (v) VALUES ('a'); INSERT INTO item (v) VALUES ('b'); END");
        var source = MakeOther(new MirroredMySqlOptions { UnsafeStatements = UnsafeStatements.Throw });
        await using var connection = source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        Assert.That(Assert.Catch<DbException>(() => connection.Execute("CALL fails()", transaction: transaction))!.Message, Is.EqualTo("no"));
        connection.Execute("INSERT INTO item VALUES (10, 'between')", transaction: transaction);

        Assert.Throws<MirroredDbException>(() => connection.Execute("CALL doubtful()", transaction: transaction));

        transaction.Commit();
        Assert.Throws<MirroredDbException>(() => connection.Execute("CALL doubtful()"));
        Assert.That(await OnBothAsync<string>("SELECT GROUP_CONCAT(v ORDER BY id) FROM item"), Is.EqualTo(("one,two,between", "one,two,between")));
        Assert.That(source.Status.Suspects, Is.Empty);
    }

    [Test]
    public async Task A_procedure_that_commits_and_then_fails_is_suspect()
    {
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('kept'); COMMIT; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END");
        await using var connection = Source.OpenConnection();

        Assert.That(Assert.Catch<DbException>(() => connection.Execute("CALL p()"))!.Message, Is.EqualTo("no"));

        Assert.That(Source.Status.Suspects.Single().Table, Is.EqualTo("item"));
    }

    [Test]
    public async Task A_procedure_that_commits_its_callers_transaction_makes_it_unusable()
    {
        OnEach("CREATE PROCEDURE p() BEGIN INSERT INTO item (v) VALUES ('inside'); COMMIT; END");
        await using var connection = Source.OpenConnection();
        await using var transaction = connection.BeginTransaction();
        connection.Execute("INSERT INTO item (v) VALUES ('before')", transaction: transaction);

        connection.Execute("CALL p()", transaction: transaction);

        var insert = Assert.Throws<MirroredDbException>(() => connection.Execute("INSERT INTO item (v) VALUES ('after')", transaction: transaction));
        var commit = Assert.Throws<MirroredDbException>(transaction.Commit);

        foreach (var exception in new[] { insert!, commit! })
        {
            Assert.That(exception.IsTransient, Is.False);
            Assert.That(exception.Message, Does.Contain("procedure"));
        }

        Assert.That(await OnBothAsync<long>("SELECT COUNT(*) FROM item WHERE v = 'after'"), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task A_parameter_that_changes_while_the_rows_are_read_keeps_its_value_on_both_nodes()
    {
        if (Flavor == ServerFlavor.MySql)
            OnEach("CREATE PROCEDURE p(IN a VARCHAR(40)) BEGIN INSERT INTO item (v) VALUES (a); SELECT id FROM item; END");
        await using (var connection = Source.OpenConnection())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Flavor == ServerFlavor.MySql ? "CALL p(@v)" : "INSERT INTO item (v) VALUES (@v) RETURNING id";
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@v";
            parameter.Value = "first";
            command.Parameters.Add(parameter);
            await using var reader = command.ExecuteReader();
            Assert.That(reader.Read(), Is.True);
            parameter.Value = "second";
        }

        Assert.That(await OnBothAsync<string>("SELECT v FROM item WHERE id = 3"), Is.EqualTo(("first", "first")));
        await AssertIdenticalAsync();
    }

    private static async Task CallAsync(DbCommand command, bool read, bool async)
    {
        if (!read)
        {
            _ = async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery();
            return;
        }

        await using var reader = async ? await command.ExecuteReaderAsync() : command.ExecuteReader();
        while (async ? await reader.NextResultAsync() : reader.NextResult())
        {
        }
    }
}
