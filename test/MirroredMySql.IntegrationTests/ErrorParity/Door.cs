using System.Data;
using System.Data.Common;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>One of the ways in which a caller runs a statement.</summary>
internal sealed record Door(string Name, Func<Attempt, Task> Use)
{
    private const string Written = "INSERT INTO mark VALUES (10);";
    private const string Read = "SELECT id FROM parent ORDER BY id;";
    private const string Behind = "\n;INSERT INTO mark VALUES (11)";

    /// <summary>Whether the text is a statement, so that others can stand before and behind it.</summary>
    public bool NeedsText { get; private init; }

    public bool NeedsBatches { get; private init; }

    public bool Prepares { get; private init; }

    public bool ClosesEarly { get; private init; }

    /// <summary>Whether the driver lets the server stop early.</summary>
    public bool LimitsRows { get; private init; }

    /// <summary>Whether what the driver has set for it may stay when it fails.</summary>
    public bool SpoilsSession { get; private init; }

    public static readonly IReadOnlyList<Door> All =
    [
        new("ExecuteNonQuery", a => NonQuery(a, a.Command(), async: false)),
        new("ExecuteNonQueryAsync", a => NonQuery(a, a.Command(), async: true)),
        new("ExecuteScalar", a => Scalar(a, a.Command(), async: false)),
        new("ExecuteScalarAsync", a => Scalar(a, a.Command(), async: true)),
        new("ExecuteReader", a => Reader(a, a.Command(), CommandBehavior.Default, async: false)),
        new("ExecuteReaderAsync", a => Reader(a, a.Command(), CommandBehavior.Default, async: true)),
        new("SequentialAccess", a => Reader(a, a.Command(), CommandBehavior.SequentialAccess, async: true)),
        new("SingleRow", a => Reader(a, a.Command(), CommandBehavior.SingleRow, async: false)) { LimitsRows = true },
        new("SingleResult", a => Reader(a, a.Command(), CommandBehavior.SingleResult, async: true)),
        new("KeyInfo", a => Reader(a, a.Command(), CommandBehavior.KeyInfo, async: false)),
        new("SchemaOnly", a => Reader(a, a.Command(), CommandBehavior.SchemaOnly, async: false)) { SpoilsSession = true, LimitsRows = true },
        new("CloseConnection", a => Reader(a, a.Command(), CommandBehavior.CloseConnection, async: false)),
        new("CloseConnection async", a => Reader(a, a.Command(), CommandBehavior.CloseConnection, async: true)),
        new("Prepare", a => Prepared(a, async: false)) { Prepares = true },
        new("PrepareAsync", a => Prepared(a, async: true)) { Prepares = true },
        new("the same command twice", Twice),
        new("between two writes", a => NonQuery(a, a.Command(Written, Behind), async: false)) { NeedsText = true },
        new("between two writes, read", a => Reader(a, a.Command(Written, Behind), CommandBehavior.Default, async: true)) { NeedsText = true },
        new("behind a read", a => Reader(a, a.Command(Read, Behind), CommandBehavior.Default, async: false)) { NeedsText = true },
        new("behind a read, scalar", a => Scalar(a, a.Command(Read, Behind), async: true)) { NeedsText = true },
        new("behind a read, closed early", ClosedEarly) { NeedsText = true, ClosesEarly = true },
        new("batch", a => NonQueryBatch(a, async: false)) { NeedsBatches = true },
        new("batch, read", ReadBatch) { NeedsBatches = true },
    ];

    private static async Task NonQuery(Attempt attempt, DbCommand command, bool async)
    {
        await using (command)
            await attempt.ExecuteAsync(async () => async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery());
    }

    private static async Task Scalar(Attempt attempt, DbCommand command, bool async)
    {
        await using (command)
            await attempt.ExecuteAsync(async () => async ? await command.ExecuteScalarAsync() : command.ExecuteScalar());
    }

    private static async Task Reader(Attempt attempt, DbCommand command, CommandBehavior behavior, bool async)
    {
        await using (command)
            await attempt.ReadAsync(async () => async ? await command.ExecuteReaderAsync(behavior) : command.ExecuteReader(behavior), async);
    }

    // A write is prepared when it runs: the error may come one step later, and has to be the same.
    private static async Task Prepared(Attempt attempt, bool async)
    {
        await using var command = attempt.Command();
        await attempt.ExecuteAsync(async () =>
        {
            if (async)
                await command.PrepareAsync();
            else
                command.Prepare();
            return async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery();
        });
    }

    private static async Task Twice(Attempt attempt)
    {
        await using var command = attempt.Command();
        for (var i = 0; i < 2; i++)
            await attempt.ExecuteAsync(() => command.ExecuteNonQueryAsync());
    }

    private static async Task ClosedEarly(Attempt attempt)
    {
        await using var command = attempt.Command(Read);
        DbDataReader? reader = null;
        if (!await attempt.Sighting.TryAsync("execute", async () => reader = await command.ExecuteReaderAsync()))
            return;
        attempt.Sighting.Note("row", await reader!.ReadAsync());
        await attempt.CloseAsync(reader, async: true);
    }

    private static async Task NonQueryBatch(Attempt attempt, bool async)
    {
        await using var batch = attempt.Batch();
        await attempt.ExecuteAsync(async () => async ? await batch.ExecuteNonQueryAsync() : batch.ExecuteNonQuery());
    }

    private static async Task ReadBatch(Attempt attempt)
    {
        await using var batch = attempt.Batch();
        await attempt.ReadAsync(() => batch.ExecuteReaderAsync(), async: true);
    }
}
