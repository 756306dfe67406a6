using System.Data.Common;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using Microsoft.Extensions.Logging;

namespace MirroredMySql.Topology;

/// <summary>
/// A third server that gives its word to one node before that one goes on alone. It holds a row per epoch, written once, that says whose
/// the epoch is. Whoever leaves an epoch alone claims that one, the one before it and the one to come: a change of epoch may have
/// reached one node only, so that two nodes can stand one apart, and never further.
/// </summary>
internal sealed class Witness(NodeConnectionString connectionString, DbDataSource source, TimeSpan nodeTimeout, TimeProvider time, ILogger logger) : IDisposable
{
    private const string Table = MirrorTables.Prefix + "witness";

    private const string Definition =
        $"CREATE TABLE IF NOT EXISTS {Table} (token CHAR(32) NOT NULL PRIMARY KEY, lead_node VARCHAR(8) NOT NULL, claimed_at DATETIME(6) NOT NULL, "
        + "claimed_by VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin";

    // How often a claim that meets another one is repeated.
    private const int Attempts = 5;

    // While a claim is out, the state row of the node that wants to go on is held, and whoever holds it may not be idle for 5 s.
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(4);

    private readonly TimeSpan _timeout = nodeTimeout < MostPatience ? nodeTimeout : MostPatience;

    /// <summary>The witness in messages: where it is.</summary>
    public string Name => $"witness ({connectionString.Server}:{connectionString.Port}/{connectionString.Database})";

    /// <summary>
    /// Claims for a node what it needs to go on alone; does nothing where no witness is required. To be called between the comparison of
    /// the node's state row, which is held, and its change; the row is let go when the claim fails.
    /// </summary>
    /// <exception cref="MirroredDbException">The witness has given its word to the other node, or cannot be asked.</exception>
    public static async ValueTask RequireAsync(Witness? witness, Node survivor, DbConnection holding, MirrorState from, MirrorState to, bool async)
    {
        if (witness is null)
            return;
        try
        {
            await witness.ClaimAsync(survivor, holding, from, to, async).ConfigureAwait(false);
        }
        catch
        {
            await StateStore.EndAsync(holding, commit: false, async, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Looks whether the witness can be asked, makes its table, and refuses one that is a node itself. That it cannot be reached is no
    /// reason not to start: as long as both nodes are well nobody needs it.
    /// </summary>
    /// <exception cref="MirroredDbException">The witness and a node are one server.</exception>
    public async ValueTask CheckAsync(IEnumerable<(Node Node, DbConnection Connection)> nodes, bool async)
    {
        foreach (var (node, connection) in nodes)
        {
            try
            {
                await WithMarkAsync(connection, mark => AskAsync(
                    witness =>
                    {
                        Execute(witness, Definition);
                        RequireThirdServer(witness, node, mark);
                        return true;
                    }, async), async).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not MirroredDbException)
            {
                Log.WitnessAbsent(logger, e, Name);
            }
        }
    }

    public void Dispose() => source.Dispose();

    private async ValueTask ClaimAsync(Node survivor, DbConnection holding, MirrorState from, MirrorState to, bool async)
    {
        // In one order, so that two claims wait for each other and do not deadlock.
        string[] tokens = [.. new[] { from.Previous, from.Token, to.Token }.Where(t => t != MirrorState.None).Order(StringComparer.Ordinal)];
        bool isGranted;
        try
        {
            isGranted = await WithMarkAsync(holding, mark => AskAsync(
                witness =>
                {
                    RequireThirdServer(witness, survivor, mark);
                    return Claim(witness, tokens, survivor.Role);
                }, async), async).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not MirroredDbException)
        {
            throw NodeErrors.WitnessAbsent(this, survivor, e);
        }

        if (!isGranted)
            throw NodeErrors.WitnessRefuses(this, survivor, $"DELETE FROM {Table} WHERE token IN ('{from.Previous}','{from.Token}')");
    }

    internal static bool Claim(DbConnection witness, IReadOnlyList<string> tokens, NodeRole role)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Execute(witness, "SET innodb_lock_wait_timeout=2;START TRANSACTION");
                var rows = string.Join(',', tokens.Select(t => $"('{t}','{role}',UTC_TIMESTAMP(6),CONNECTION_ID())"));
                Execute(witness, $"INSERT IGNORE INTO {Table} (token,lead_node,claimed_at,claimed_by) VALUES {rows}");
                var isGranted = Owners(witness, tokens) is var owners && owners.Count == tokens.Count && owners.All(o => o == role.ToString());
                Execute(witness, isGranted ? "COMMIT" : "ROLLBACK");
                return isGranted;
            }
            catch (DbException e) when (attempt < Attempts && DriverFailure.Classify(e, witness) == FailureKind.Deadlock)
            {
                Execute(witness, "ROLLBACK");
            }
            catch (DbException e) when (attempt < Attempts && DriverFailure.Number(e) == DriverFailure.NoSuchTable)
            {
                Execute(witness, "ROLLBACK;" + Definition);
            }
        }
    }

    private static List<string> Owners(DbConnection witness, IReadOnlyList<string> tokens)
    {
        using var command = witness.CreateCommand();
        command.CommandText = $"SELECT lead_node FROM {Table} WHERE token IN ({string.Join(',', tokens.Select(t => $"'{t}'"))}) LIMIT 10 FOR UPDATE";
        using var reader = command.ExecuteReader();
        var owners = new List<string>();
        while (reader.Read())
            owners.Add(reader.GetString(0));
        return owners;
    }

    // A name may lead anywhere: a lock that is taken on the node must not be seen on the witness.
    private void RequireThirdServer(DbConnection witness, Node node, string mark)
    {
        using var command = witness.CreateCommand();
        command.CommandText = $"SELECT IS_USED_LOCK('{mark}') LIMIT 1";
        if (command.ExecuteScalar() is not (null or DBNull))
            throw NodeErrors.WitnessIsNode(this, node);
    }

    private static async ValueTask<T> WithMarkAsync<T>(DbConnection node, Func<string, ValueTask<T>> ask, bool async)
    {
        var mark = $"mirror_{Guid.NewGuid():N}";
        await StateStore.ExecuteAsync(node, $"DO GET_LOCK('{mark}',0)", async, CancellationToken.None).ConfigureAwait(false);
        try
        {
            return await ask(mark).ConfigureAwait(false);
        }
        finally
        {
            await StateStore.ExecuteAsync(node, $"DO RELEASE_LOCK('{mark}')", async, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // On a thread of its own and by the driver's synchronous members, which keep its timeouts; it is left behind when it does not.
    private async ValueTask<T> AskAsync<T>(Func<DbConnection, T> question, bool async)
    {
        var asking = Task.Run(() =>
        {
            using var connection = source.CreateConnection();
            connection.Open();
            return question(connection);
        });
        if (async)
            return await asking.WaitAsync(_timeout, time).ConfigureAwait(false);
        if (Task.WaitAny([asking], _timeout) < 0)
            throw new TimeoutException($"The {Name} did not answer within {_timeout}.");
        return await asking.ConfigureAwait(false);
    }

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
