using System.Data.Common;

namespace MirroredMySql.Tool.Comparison;

/// <summary>The rows of one table on one node, one after the other.</summary>
internal sealed class RowStream : IAsyncDisposable
{
    private readonly TableShape _table;
    private readonly DbCommand _command;
    private readonly DbDataReader _reader;

    private RowStream(TableShape table, DbCommand command, DbDataReader reader)
    {
        _table = table;
        _command = command;
        _reader = reader;
    }

    public static async Task<RowStream> OpenAsync(DbConnection connection, TableShape table, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        command.CommandText = table.SelectSql;
        command.CommandTimeout = 0; // A large table takes its time.
        try
        {
            return new RowStream(table, command, await command.ExecuteReaderAsync(cancellationToken));
        }
        catch
        {
            await command.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next row, or <see langword="null"/> behind the last one.</summary>
    public async Task<Row?> NextAsync(CancellationToken cancellationToken)
    {
        if (!await _reader.ReadAsync(cancellationToken))
            return null;
        var values = new byte[]?[_reader.FieldCount];
        for (var position = 0; position < values.Length; position++)
            values[position] = _reader.IsDBNull(position) ? null : (byte[])_reader.GetValue(position);
        return new Row(_table, values);
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _command.DisposeAsync();
    }
}
