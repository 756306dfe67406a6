using System.Data;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>A statement that the bare driver or its server refuses, and what it needs to be refused.</summary>
internal sealed record FailingStatement(string Sql, CommandType Type = CommandType.Text)
{
    /// <summary>The only servers that refuse it; null for both.</summary>
    public ServerFlavor? On { get; init; }

    /// <summary>What makes the session ready, in a session of its own.</summary>
    public string? Before { get; init; }

    /// <summary>What another session has done in a transaction that stays open meanwhile.</summary>
    public string? Meanwhile { get; init; }

    /// <summary>The frames that make sense for it; BEGIN would undo what some of them need.</summary>
    public IReadOnlyList<Frame> Frames { get; init; } = Frame.All;

    /// <summary>Whether it stands for its kind, and so meets every door and not its share of them only.</summary>
    public bool MeetsEveryDoor { get; init; }

    public FailurePoint Point { get; init; }

    public IReadOnlyList<ParameterValue> Parameters { get; init; } = [];

    public static implicit operator FailingStatement(string sql) => new(sql);

    public static FailingStatement OnMariaDb(string sql) => new(sql) { On = ServerFlavor.MariaDb };

    public static FailingStatement OnMySql(string sql) => new(sql) { On = ServerFlavor.MySql };

    public static FailingStatement InItsRows(string sql, ServerFlavor? on = null) => new(sql) { Point = FailurePoint.FirstRow, On = on };

    public static FailingStatement BehindARow(string sql, ServerFlavor? on = null) => new(sql) { Point = FailurePoint.LaterRow, On = on };

    /// <summary>A statement in a session of its own that something else has been said in before.</summary>
    public static FailingStatement After(string before, string sql, ServerFlavor? on = null) => new(sql) { Before = before, On = on };

    /// <summary>The same outside of transactions only.</summary>
    public static FailingStatement AfterAlone(string before, string sql, ServerFlavor? on = null) =>
        new(sql) { Before = before, On = on, Frames = [Frame.Autocommit] };

    public static FailingStatement With(string sql, params ParameterValue[] parameters) => new(sql) { Parameters = parameters };

    public static FailingStatement Procedure(string name, params ParameterValue[] parameters) =>
        new(name, CommandType.StoredProcedure) { Parameters = parameters };

    public override string ToString() =>
        (Before is null ? "" : $"[{Before}] ") + Sql + string.Concat(Parameters.Select(p => $" {p.Name}={p.Value}"));
}

/// <summary>A parameter of a failing statement.</summary>
internal sealed record ParameterValue(string Name, object? Value, ParameterDirection Direction = ParameterDirection.Input)
{
    public static implicit operator ParameterValue((string Name, object? Value) pair) => new(pair.Name, pair.Value);
}
