using System.Data;
using System.Data.Common;
using Dapper;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>One of the two that are compared: where its connections come from, and the databases that it writes.</summary>
internal sealed class Side(Func<DbConnection> open, IReadOnlyList<DbConnection> observers) : IAsyncDisposable
{
    private DbConnection? _connection;
    private string? _contents;

    /// <summary>Runs the statement through the door in the frame, and notes what the caller and the tables have seen.</summary>
    public async Task<Sighting> SeeAsync(Frame frame, Door door, FailingStatement statement)
    {
        _contents ??= await observers[0].ExecuteScalarAsync<string>(Schema.Contents);
        var sighting = new Sighting(observers[0].Database, door);
        var connection = _connection ??= open();
        if (statement.Before is { } before)
            await connection.ExecuteAsync(before);
        if (statement.Meanwhile is { } meanwhile)
            await observers[0].ExecuteAsync($"START TRANSACTION; {meanwhile}");
        await sighting.TryAsync("frame", () => frame.RunAsync(door, statement, connection, sighting));
        if (statement.Meanwhile is not null)
            await observers[0].ExecuteAsync("ROLLBACK");
        // A pool may keep a connection with its locks until somebody needs it.
        if (statement.Before is not null && connection.State == ConnectionState.Open)
            await connection.ExecuteAsync("UNLOCK TABLES");
        if (statement.Before is not null || door.SpoilsSession || connection.State != ConnectionState.Open)
            await CloseAsync();
        else
            await sighting.TryAsync("afterwards", () => connection.ExecuteAsync("ROLLBACK; SET autocommit=1"));
        foreach (var observer in observers)
            sighting.Note("marks", await observer.ExecuteScalarAsync<string>(Schema.Marks));
        foreach (var observer in observers)
            await sighting.TryAsync("contents", async () => sighting.Note("contents", await observer.ExecuteScalarAsync<string>(Schema.Contents)));
        return sighting;
    }

    /// <summary>Whether the tables, or what stands around them, may be others than before.</summary>
    public bool IsChangedBy(Sighting sighting) =>
        !sighting.HasFailed || sighting.Lines.Count(l => l == $"contents: {_contents}") != observers.Count;

    /// <summary>Makes everything as it was.</summary>
    public async Task RestoreAsync(bool isChanged)
    {
        if (isChanged)
            await CloseAsync();
        foreach (var observer in observers)
        {
            if (isChanged)
                await Schema.MakeAsync(observer);
            else
                await observer.ExecuteAsync("DELETE FROM mark");
        }
    }

    public async ValueTask CloseAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _connection = null;
    }

    public ValueTask DisposeAsync() => CloseAsync();
}
