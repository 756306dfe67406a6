using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// What tells, on the lead only, that a process is changing what no rollback takes back: a proof that the other node lacks. Should the process
/// die in between, whoever settles what it left finds the nodes different and has the tables copied; and while it lives, nobody waits for a
/// barrier that it keeps away.
/// </summary>
/// <param name="mirror">The pair.</param>
/// <param name="formation">Its nodes.</param>
/// <param name="tables">What is to be copied. Nothing is left behind where there are none: no copy mends a view or a routine.</param>
internal sealed class ChangeTrace(Mirror mirror, Formation formation, IReadOnlyCollection<string> tables)
{
    // Transactions count from one.
    private const int UnderWay = 0, Over = 1;

    private readonly string _id = Guid.NewGuid().ToString("N");

    /// <summary>Leaves it, before anything changes.</summary>
    public async ValueTask LeaveAsync(bool async)
    {
        if (tables.Count == 0)
            return;
        var names = Identifier.Literal(string.Join('\n', tables), formation.Lead.Facts!.Syntax.HasBackslashEscapes);
        await ExecuteAsync(string.Create(CultureInfo.InvariantCulture,
            $"INSERT INTO {formation.Lead.Tables.Writer} (id,number,token,tables,instance) VALUES ('{_id}',{UnderWay},'{formation.Token}',{names},'{mirror.Instances.Own}')"),
            async).ConfigureAwait(false);
    }

    /// <summary>The change is over.</summary>
    /// <param name="isKnown">Whether both nodes have it, or what they lack is written down. Otherwise they are compared.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    public async ValueTask EndAsync(bool isKnown, bool async)
    {
        if (tables.Count == 0)
            return;
        try
        {
            if (isKnown)
            {
                await ExecuteAsync($"DELETE FROM {formation.Lead.Tables.Writer} WHERE id='{_id}'", async).ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e)
        {
            Diagnostics.Log.ConnectionDropped(mirror.Logger, e, formation.Lead.Name);
        }

        mirror.InDoubt[_id] = true;
    }

    /// <summary>Whether a process that lives is at such a change.</summary>
    public static async Task<bool> IsAnyAsync(OwnConnection lead, CancellationToken cancellationToken)
    {
        using var command = lead.Physical.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"SELECT EXISTS(SELECT 1 FROM {lead.Node.Tables.Writer} w JOIN {lead.Node.Tables.Instance} i ON i.id=w.instance WHERE w.number={UnderWay} AND {Instances.IsAlive}) LIMIT 1");
        var row = await SqlLiteral.RowAsync(command, async: true, cancellationToken).ConfigureAwait(false);
        return Convert.ToInt64(row[0], CultureInfo.InvariantCulture) != 0;
    }

    /// <summary>Whether a proof of this number is not a transaction's.</summary>
    public static bool IsTrace(long number) => number == UnderWay;

    /// <summary>What says that these, if they are of changes, are not under way any more.</summary>
    public static string End(Node node, IEnumerable<string> ids) =>
        string.Create(CultureInfo.InvariantCulture, $"UPDATE {node.Tables.Writer} SET number={Over} WHERE number={UnderWay} AND id IN ({Instances.InList(ids)})");

    private async ValueTask ExecuteAsync(string sql, bool async)
    {
        var connection = await formation.Lead.OpenAsync(async, CancellationToken.None).ConfigureAwait(false);
        await using var end = connection.Ending(async).ConfigureAwait(false);
        await StateStore.ExecuteAsync(connection, sql, async, CancellationToken.None).ConfigureAwait(false);
    }
}
