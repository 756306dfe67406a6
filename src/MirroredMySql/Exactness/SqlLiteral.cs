using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Sql;

namespace MirroredMySql.Exactness;

/// <summary>Values that a server has found, as text that means the same on the other one.</summary>
internal static class SqlLiteral
{
    /// <summary>A value as the drivers give it, as a literal.</summary>
    public static string Of(object? value, SqlSyntax syntax) => value switch
    {
        null or DBNull => "NULL",
        byte[] { Length: 0 } => "''",
        byte[] bytes => "X'" + Convert.ToHexString(bytes) + "'",
        bool flag => flag ? "1" : "0",
        string text => Identifier.Literal(text, syntax.HasBackslashEscapes),
        Guid id => $"'{id:D}'",
        double number => number.ToString("E16", CultureInfo.InvariantCulture),
        float number => number.ToString("E8", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Identifier.Literal(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", syntax.HasBackslashEscapes),
    };

    /// <summary>
    /// The one row of a query of our own. MySql.Data reads the strings of some functions as bytes; those are ASCII.
    /// </summary>
    public static async ValueTask<object?[]> RowAsync(DbCommand command, bool async, CancellationToken cancellationToken)
    {
        using var reader = await command.ReadAsync(System.Data.CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false);
        var row = new object?[reader.FieldCount];
        for (var i = 0; i < row.Length; i++)
            row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
        await reader.DrainAsync(async).ConfigureAwait(false);
        return row;
    }
}
