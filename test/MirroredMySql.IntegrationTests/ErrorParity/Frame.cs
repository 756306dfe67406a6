using System.Data.Common;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>What stands around a failing statement: how a transaction is opened, if any is, and how it ends.</summary>
internal sealed record Frame(string Name, string? Open, string? End)
{
    private const string ByDriver = "";

    public static readonly Frame Autocommit = new("autocommit", null, null);

    public static readonly IReadOnlyList<Frame> All =
    [
        Autocommit,
        new("transaction, committed", ByDriver, "COMMIT"),
        new("transaction, rolled back", ByDriver, "ROLLBACK"),
        new("START TRANSACTION, committed", "START TRANSACTION", "COMMIT"),
        new("SET autocommit=0, rolled back", "SET autocommit=0", "ROLLBACK"),
        new("transaction, back to a savepoint", ByDriver, "ROLLBACK TO SAVEPOINT here;COMMIT"),
    ];

    /// <summary>Runs the door within the frame, and then looks at what is left of connection and transaction.</summary>
    public async Task RunAsync(Door door, FailingStatement statement, DbConnection connection, Sighting sighting)
    {
        await using var transaction = Open == ByDriver ? await connection.BeginTransactionAsync() : null;
        if (Open is { Length: > 0 })
            await sighting.RunAsync(connection, transaction, Open);
        await sighting.RunAsync(connection, transaction, "INSERT INTO mark VALUES (1)");
        if (End is not null && End.Contains("here", StringComparison.Ordinal))
            await sighting.RunAsync(connection, transaction, "SAVEPOINT here");

        await door.Use(new Attempt(connection, transaction, statement, sighting));

        sighting.Note("state", connection.State);
        if (connection.State != System.Data.ConnectionState.Open)
            return;
        sighting.Note("database", connection.Database);
        await sighting.RunAsync(connection, transaction, "SELECT GROUP_CONCAT(id ORDER BY id) FROM mark");
        await sighting.RunAsync(connection, transaction, "INSERT INTO mark VALUES (2)");
        if (End is null)
            return;
        if (transaction is null || End.Contains(';', StringComparison.Ordinal))
        {
            foreach (var end in End.Split(';'))
                await sighting.RunAsync(connection, transaction, end);
        }
        else
        {
            await sighting.TryAsync(End, () => End == "COMMIT" ? transaction.CommitAsync() : transaction.RollbackAsync());
        }
    }
}
