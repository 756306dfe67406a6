using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>
/// The processes that use a pair, as each node knows them: a row for each, with the account that it uses there, the token that it goes by and
/// the time of its latest sign of life by that node's clock. A lease of zero says that it has taken leave: nobody waits for it, and what it
/// left is settled at once.
/// </summary>
internal sealed class Instances(TimeSpan lease)
{
    private readonly string _lease = ((long)lease.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>The name of this process, or of this data source where a process has several.</summary>
    public string Own { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Leaves a sign of life and asks for the node's token.</summary>
    /// <returns>Null where the node has no state row.</returns>
    public async ValueTask<Beat?> BeatAsync(Node node, DbConnection connection, string token, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        var host = Identifier.Literal(StateStore.Us, node.Facts!.Syntax.HasBackslashEscapes);
        command.CommandText =
            $"INSERT INTO {node.Tables.Instance} (id,host,account,token,lease,beat_at) VALUES ('{Own}',{host},{Clients.Account},'{token}',{_lease},UTC_TIMESTAMP(6)) "
            + $"ON DUPLICATE KEY UPDATE account={Clients.Account},token='{token}',beat_at=UTC_TIMESTAMP(6);"
            + $"SELECT token,announced,(SELECT MAX(i.lease) FROM {node.Tables.Instance} i WHERE i.id<>'{Own}' AND i.token NOT IN ('',s.token) AND i.lease>0),"
            + $"EXISTS(SELECT 1 FROM {node.Tables.Instance} i WHERE {IsSilent}) "
            + $"FROM {node.Tables.State} s WHERE s.id=1 LIMIT 1";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        if (!await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
            return null;
        TimeSpan? lease = reader.IsDBNull(2) ? null : TimeSpan.FromMicroseconds(Convert.ToInt64(reader.GetValue(2), CultureInfo.InvariantCulture));
        return new Beat(reader.GetString(0), IsTrue(1), lease, IsTrue(3));

        bool IsTrue(int column) => Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture) != 0;
    }

    /// <summary>
    /// Another process that is at work with another account on this node: neither could see and end the connections of the other one.
    /// </summary>
    /// <returns>Null where one uses this process's, or none is at work.</returns>
    public async ValueTask<OtherAccount?> OtherAccountAsync(Node node, DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME='{MirrorTables.Prefix}instance' LIMIT 1";
        if (Convert.ToInt64(await command.ScalarAsync(async, cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture) == 0)
            return null; // a new pair
        command.CommandText =
            $"SELECT i.host,i.account,{Clients.Account} FROM {node.Tables.Instance} i WHERE i.id<>'{Own}' AND {IsAlive} AND i.lease>0 AND i.account<>'' "
            + $"ORDER BY i.account={Clients.Account} DESC LIMIT 1";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        return await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false) && reader.GetString(1) != reader.GetString(2)
            ? new OtherAccount(reader.GetString(0), reader.GetString(1), reader.GetString(2))
            : null;
    }

    /// <summary>Asks a node for its time, and whether it knows of no other process that has neither taken leave nor been settled.</summary>
    public async ValueTask<(DateTime Now, bool IsOnlyOne)> LookAsync(Node node, DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT UTC_TIMESTAMP(6),NOT EXISTS(SELECT 1 FROM {node.Tables.Instance} WHERE id<>'{Own}' AND token<>'' AND lease>0) LIMIT 1";
        var row = await SqlLiteral.RowAsync(command, async, cancellationToken).ConfigureAwait(false);
        return (Convert.ToDateTime(row[0], CultureInfo.InvariantCulture), Convert.ToInt64(row[1], CultureInfo.InvariantCulture) != 0);
    }

    /// <summary>The processes that have taken leave, or given no sign of life for longer than their lease, and of which nobody has settled yet what they left.</summary>
    public static async Task<IReadOnlyList<string>> SilentAsync(OwnConnection lead, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = $"SELECT i.id FROM {lead.Node.Tables.Instance} i WHERE {IsSilent} LIMIT 1000";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        var ids = new List<string>();
        while (await reader.AdvanceAsync(async: true, cancellationToken).ConfigureAwait(false))
            ids.Add(reader.GetString(0));
        return ids;
    }

    /// <summary>
    /// What notes that what these processes left is settled. One that only slept takes its row back with its next sign of life.
    /// </summary>
    public static string Settle(Node node, IEnumerable<string> ids) =>
        $"UPDATE {node.Tables.Instance} i SET i.token='' WHERE i.id IN ({InList(ids)}) AND {IsSilent}";

    /// <summary>
    /// What forgets the processes that were settled long ago; not within a transaction that may take its time: it passes by every process's
    /// row, which each of them has to lock for its signs of life.
    /// </summary>
    public static string Forget(Node node) =>
        $"DELETE w FROM {node.Tables.Writer} w JOIN {node.Tables.Instance} i ON w.instance=i.id WHERE {IsForgotten};"
        + $"DELETE i FROM {node.Tables.Instance} i WHERE {IsForgotten}";

    /// <summary>
    /// What tells a returned node of the processes that the lead knows: whoever goes on with that node has to wait for them, also for one that
    /// has not heard of its return. Their accounts there are their own to tell.
    /// </summary>
    public static async ValueTask<string> IntroductionAsync(Node lead, DbConnection connection, Node back, bool async, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT i.id,i.host,i.token,i.lease FROM {lead.Tables.Instance} i WHERE {IsAlive} AND i.lease>0 LIMIT 10000";
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        var rows = new List<string>();
        while (await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false))
        {
            rows.Add(string.Create(CultureInfo.InvariantCulture,
                $"('{reader.GetString(0)}',{Identifier.Literal(reader.GetString(1), back.Facts!.Syntax.HasBackslashEscapes)},'','{reader.GetString(2)}',{reader.GetInt64(3)},UTC_TIMESTAMP(6))"));
        }

        return rows.Count == 0 ? "" : $"REPLACE INTO {back.Tables.Instance} (id,host,account,token,lease,beat_at) VALUES {string.Join(',', rows)}";
    }

    public static string InList(IEnumerable<string> ids) => string.Join(',', ids.DefaultIfEmpty("").Select(id => $"'{id}'"));

    /// <summary>
    /// What writes down that nobody can go on with the other node any more, so that this one may commit; it does nothing when the epoch is
    /// over.
    /// </summary>
    public static string Announce(Node node, string token) => $"UPDATE {node.Tables.State} SET announced=1 WHERE id=1 AND token='{token}'";

    /// <summary>
    /// What takes leave: nobody has to wait for this process any more. Its row stays where it has left proofs: they have to be settled.
    /// </summary>
    public string Leave(Node node) =>
        $"UPDATE {node.Tables.Instance} SET lease=0 WHERE id='{Own}';"
        + $"DELETE FROM {node.Tables.Instance} WHERE id='{Own}' AND NOT EXISTS(SELECT 1 FROM {node.Tables.Writer} WHERE instance='{Own}')";

    /// <summary>Of a process that may still be at work.</summary>
    public const string IsAlive = "i.token<>'' AND i.beat_at>=UTC_TIMESTAMP(6)-INTERVAL i.lease MICROSECOND";

    private const string IsSilent = "i.token<>'' AND i.beat_at<UTC_TIMESTAMP(6)-INTERVAL i.lease MICROSECOND";

    private const string IsForgotten = "i.token='' AND i.beat_at<UTC_TIMESTAMP(6)-INTERVAL 1 DAY";
}

/// <summary>What a node answers to a sign of life.</summary>
/// <param name="Token">Its token.</param>
/// <param name="IsAnnounced">Whether somebody has made sure that all processes know of it.</param>
/// <param name="LeaseOfOthers">The longest lease of a process that may still go by another token, because it has neither said otherwise nor taken leave; null where all go by it.</param>
/// <param name="HasSilent">Whether a process has fallen silent, or taken leave, and may have left something to be settled.</param>
internal sealed record Beat(string Token, bool IsAnnounced, TimeSpan? LeaseOfOthers, bool HasSilent);

/// <summary>A process that uses a node with another account.</summary>
/// <param name="Host">Where that process runs.</param>
/// <param name="Theirs">Its account, without the host that it comes from.</param>
/// <param name="Ours">This process's.</param>
internal sealed record OtherAccount(string Host, string Theirs, string Ours);
