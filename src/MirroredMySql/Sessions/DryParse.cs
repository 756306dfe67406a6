using System.Data.Common;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>Lets a server read a statement without running it. What it cannot even read ends no transaction.</summary>
internal static class DryParse
{
    /// <summary>What the server says of a statement that it cannot read, or null.</summary>
    /// <param name="session">Whose statement it is.</param>
    /// <param name="lead">The server that is asked.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    public static async ValueTask<DbException?> ErrorAsync(
        Session session, NodeConnection lead, Statement statement, bool async, CancellationToken cancellationToken)
    {
        try
        {
            var text = Identifier.Literal(statement.Text, session.Syntax.HasBackslashEscapes);
            await lead.ExecuteAsync($"PREPARE mirrored_mysql FROM {text};DEALLOCATE PREPARE mirrored_mysql", async, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (DbException e) when (lead.IsOpen && DriverFailure.Number(e) is > 0 and var number)
        {
            return IsOfReading(statement, number) ? e : null;
        }
    }

    // To prepare some statements the servers look at what exists as well, which they otherwise do when they have committed.
    private static bool IsOfReading(Statement statement, int number) => number switch
    {
        DriverFailure.SyntaxError => true,
        DriverFailure.NotPreparable or DriverFailure.TooManyPrepared => false,
        DriverFailure.NoSuchTable or DriverFailure.NoSuchDatabase or DriverFailure.TableAccessDenied or DriverFailure.WrongObject => false,
        _ => statement.Kind == StatementKind.Ddl && !statement.Traits.HasFlag(StatementTraits.CreateSelect)
            && (statement.Object != SchemaObject.View || number == DriverFailure.VariableInView),
    };
}
