using System.Data;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Journal;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>
/// The caller's command: the driver's own command object, which holds the caller's parameters and runs on the node that answers,
/// and copies of it for the other node. Output parameters hence fill by themselves.
/// </summary>
internal sealed class CallerCommand(DbCommand own)
{
    public DbCommand Own { get; } = own;

    /// <summary>The insert id of the latest write: what the lead's OK packet said.</summary>
    public long LastInsertedId { get; set; }

    /// <summary>Whether the statement travels as text, so that our own statements can share its packet.</summary>
    public bool IsText => Own.CommandType == CommandType.Text;

    /// <summary>Tries to break off what runs. DbCommand.Cancel does not report failure; MySql.Data throws NullReferenceException on MariaDB.</summary>
    public void Cancel(ILogger logger)
    {
        try
        {
            Own.Cancel();
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or NullReferenceException or IOException)
        {
            Log.CancelFailed(logger, e);
        }
    }

    /// <summary>Whether a statement mentions @variables that are none of the caller's parameters.</summary>
    public bool UsesVariables(Statement statement) => statement.UserVariables.Count > 0 && VariablesOf(statement).Any();

    /// <summary>Whether a statement depends on what an @variable holds when it runs.</summary>
    public bool ReadsVariables(Statement statement) => SetTargets.Read(statement).Any(name => !IsParameter(name));

    /// <summary>The @variables that a statement mentions and that are none of the caller's parameters.</summary>
    public IEnumerable<string> VariablesOf(Statement statement) => statement.UserVariables.Select(v => v.Name).Where(name => !IsParameter(name));

    private bool IsParameter(string name) => Own.Parameters.Cast<DbParameter>()
        .Any(p => p.ParameterName.AsSpan().TrimStart("@?").Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The caller's own command, made ready for a connection.</summary>
    /// <param name="connection">Where it will run.</param>
    /// <param name="text">The text to run: the caller's, or a packet around one of its statements.</param>
    /// <param name="statement">The statement within the text, for its positional parameters; null for the caller's whole text.</param>
    public DbCommand On(NodeConnection connection, string text, Statement? statement)
    {
        if (statement is { FirstParameter: > 0, ParameterCount: > 0 })
            return CopyFor(connection, text, statement);
        if (Own.Connection != connection.Physical)
            Own.Connection = connection.Physical;
        if (Own.CommandText != text)
            Own.CommandText = text;
        return Own;
    }

    /// <summary>
    /// The parameters as the caller gave them. To be taken before the command runs: the lead writes its outputs into the caller's own,
    /// and a caller who reads rows may change them meanwhile.
    /// </summary>
    public DbParameter[] CopyParameters() => [.. Own.Parameters.Cast<DbParameter>().Select(DriverCommand.Clone)];

    /// <summary>A copy for the other node.</summary>
    /// <param name="connection">Where it will run.</param>
    /// <param name="text">The text to run.</param>
    /// <param name="statement">The statement within the caller's text.</param>
    /// <param name="parameters">What <see cref="CopyParameters"/> gave, or null to copy them now.</param>
    public DbCommand CopyFor(NodeConnection connection, string text, Statement? statement, DbParameter[]? parameters = null)
    {
        parameters ??= CopyParameters();
        var copy = connection.Physical.CreateCommand();
        copy.CommandText = text;
        copy.CommandType = Own.CommandType;
        copy.CommandTimeout = Own.CommandTimeout;
        foreach (var parameter in PartOf(parameters, statement))
            copy.Parameters.Add(parameter);
        return copy;
    }

    /// <summary>A statement that outlives the command, to be run again on a connection that opens later.</summary>
    /// <param name="before">What goes in front of it.</param>
    /// <param name="text">The statement's own text.</param>
    /// <param name="after">What goes behind it.</param>
    /// <param name="statement">The statement within the caller's text.</param>
    /// <param name="parameters">What <see cref="CopyParameters"/> gave, or null to copy them now.</param>
    public RecordedWrite Record(string before, string text, string after, Statement? statement, DbParameter[]? parameters = null) =>
        new(before, text, Own.CommandType, after, PartOf(parameters ?? CopyParameters(), statement));

    // Positional parameters are counted through the whole text.
    private static DbParameter[] PartOf(DbParameter[] parameters, Statement? statement) =>
        statement is { FirstParameter: > 0, ParameterCount: > 0 }
            ? [.. parameters.Skip(statement.FirstParameter).Take(statement.ParameterCount)]
            : parameters;
}
