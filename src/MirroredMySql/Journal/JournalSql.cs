using System.Globalization;
using MirroredMySql.Sessions;
using MirroredMySql.Sql;
using MirroredMySql.Topology;

namespace MirroredMySql.Journal;

/// <summary>The statements that fill and empty the journal.</summary>
internal static class JournalSql
{
    /// <param name="node">The lead.</param>
    /// <param name="writer">Whose transaction it is.</param>
    /// <param name="tables">What it has written; empty when that is not known.</param>
    /// <param name="entry">The transaction, or null for one of which only the tables are known.</param>
    /// <param name="syntax">How the session's server reads text.</param>
    public static string Insert(Node node, Writer writer, IReadOnlyCollection<string> tables, byte[]? entry, SqlSyntax syntax)
    {
        var names = string.Join('\n', tables.Count == 0 ? [Suspects.AnyTable] : tables);
        var bytes = entry is null ? "''" : $"X'{Convert.ToHexString(entry)}'";
        return string.Create(CultureInfo.InvariantCulture,
            $"INSERT INTO {node.Tables.Journal} (writer,number,tables,entry,written_at) VALUES ('{writer.AloneId}',{writer.Number},{Identifier.Literal(names, syntax.HasBackslashEscapes)},{bytes},UTC_TIMESTAMP(6));");
    }
}
