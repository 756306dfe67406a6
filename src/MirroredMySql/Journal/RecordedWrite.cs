using System.Data;
using System.Data.Common;
using MirroredMySql.Drivers;

namespace MirroredMySql.Journal;

/// <summary>One statement as it ran on the lead, with all that it takes to run it once more on the other node.</summary>
/// <param name="Before">Our own statements in front of it: the lead's clock, seeds and ids.</param>
/// <param name="Text">The statement.</param>
/// <param name="Type">How the driver is to take the text.</param>
/// <param name="After">Our own statements behind it.</param>
/// <param name="Parameters">The values of its parameters.</param>
internal sealed record RecordedWrite(string Before, string Text, CommandType Type, string After, IReadOnlyList<DbParameter> Parameters)
{
    /// <summary>Whether what it writes may come from other tables than those that it writes.</summary>
    public bool ReadsTables { get; init; }

    /// <summary>The tables that it writes whose triggers or foreign keys carry something into others.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether it is a call that committed in its midst, and would do so in whatever transaction it runs again.</summary>
    public bool CommitsInside { get; init; }

    /// <summary>How many rows it has affected on the lead, where that can be compared; otherwise null.</summary>
    public int? Affected { get; init; }

    /// <summary>Whether the two nodes may make different things of it. The journal need not know: its tables are on record as suspect.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>Copies what the caller may fill anew before the transaction ends, such as a rented buffer.</summary>
    public void Detach()
    {
        foreach (var parameter in Parameters)
            parameter.Value = DriverCommand.Detached(parameter.Value);
    }

    /// <summary>Runs it and throws away the rows that it returns.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <param name="isUnhurried">Whether it may take as long as it takes: the caller who had a limit is not waiting any more.</param>
    /// <returns>Whether it has affected as many rows as on the lead.</returns>
    public async ValueTask<bool> RunAsync(DbConnection connection, bool async, CancellationToken cancellationToken, bool isUnhurried = false)
    {
        // In one packet, as it first ran, where the driver leaves the text as it is.
        var isText = Type == CommandType.Text;
        if (!isText)
            await ExecuteAsync(connection, Before, async, cancellationToken).ConfigureAwait(false);
        int affected;
        using (var command = connection.CreateCommand())
        {
            if (isUnhurried)
                command.CommandTimeout = 0;
            command.CommandText = !isText ? Text : After.Length > 0 ? $"{Before}{Text}\n;{After}" : Before + Text;
            command.CommandType = Type;
            foreach (var parameter in Parameters)
                command.Parameters.Add(DriverCommand.Clone(parameter));
            affected = await command.NonQueryAsync(async, cancellationToken).ConfigureAwait(false);
        }

        if (!isText)
            await ExecuteAsync(connection, After, async, cancellationToken).ConfigureAwait(false);
        return Affected is null || Affected == affected;
    }

    private static async ValueTask ExecuteAsync(DbConnection connection, string sql, bool async, CancellationToken cancellationToken)
    {
        if (sql.Length == 0)
            return;
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.NonQueryAsync(async, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>What one transaction has written, and what its session had set before.</summary>
/// <param name="Database">The session's database; empty where it is the node's own.</param>
/// <param name="Prelude">The session statements in force.</param>
/// <param name="Writes">The statements in their order.</param>
/// <param name="IsSchemaChange">Whether it commits by itself, so that nothing may share its transaction.</param>
internal sealed record RecordedTransaction(
    string Database, IReadOnlyList<RecordedWrite> Prelude, IReadOnlyList<RecordedWrite> Writes, bool IsSchemaChange);
