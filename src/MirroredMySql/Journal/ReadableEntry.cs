using System.Globalization;
using System.Text;
using MirroredMySql.Exactness;
using MirroredMySql.Sql;

namespace MirroredMySql.Journal;

/// <summary>A recorded transaction as a person reads it: its statements, each with the values of its parameters behind it.</summary>
internal static class ReadableEntry
{
    // Whoever needs more has the entry itself, which is complete.
    private const int LongestText = 1 << 20;
    private const int LongestValue = 1 << 10;

    public static string Of(RecordedTransaction transaction)
    {
        var text = new StringBuilder();
        if (transaction.Database.Length > 0)
            text.Append("USE ").Append(Identifier.Quote(transaction.Database)).Append(";\n");
        foreach (var write in transaction.Prelude.Concat(transaction.Writes))
        {
            text.Append(write.Type == System.Data.CommandType.StoredProcedure ? "CALL " : "").Append(write.Text).Append(';');
            if (write.Parameters.Count > 0)
                text.Append(" -- ").AppendJoin(", ", write.Parameters.Select(p => $"@{p.ParameterName.TrimStart('@', '?')} = {ValueOf(p.Value)}"));
            text.Append('\n');
            if (text.Length > LongestText)
                return text.ToString(0, LongestText) + '…';
        }

        return text.ToString().TrimEnd();
    }

    private static string ValueOf(object? value)
    {
        var text = value switch
        {
            DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan => $"'{((IFormattable)value).ToString(value is TimeSpan ? "c" : "O", CultureInfo.InvariantCulture)}'",
            _ => SqlLiteral.Of(value, SqlSyntax.None).ReplaceLineEndings("\\n"),
        };
        return text.Length <= LongestValue ? text : text[..LongestValue] + '…';
    }
}
