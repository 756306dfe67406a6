using System.Data;
using System.Data.Common;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>One run of a failing statement through a door: makes the commands, does the steps and notes what comes of them.</summary>
internal sealed record Attempt(DbConnection Connection, DbTransaction? Transaction, FailingStatement Statement, Sighting Sighting)
{
    public DbCommand Command(string prefix = "", string suffix = "")
    {
        var command = Connection.CreateCommand();
        command.Transaction = Transaction;
        command.CommandType = Statement.Type;
        command.CommandText = prefix + Statement.Sql + suffix;
        foreach (var (name, value, direction) in Statement.Parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Direction = direction;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>A batch of the statement between two others.</summary>
    public DbBatch Batch()
    {
        var batch = Connection.CreateBatch();
        batch.Transaction = Transaction;
        Append(batch, "INSERT INTO mark VALUES (10)");
        var own = Append(batch, Statement.Sql);
        own.CommandType = Statement.Type;
        using var command = Command();
        var parameters = command.Parameters.Cast<DbParameter>().ToList();
        command.Parameters.Clear();
        foreach (var parameter in parameters)
            own.Parameters.Add(parameter);
        Append(batch, "INSERT INTO mark VALUES (11)");
        return batch;
    }

    public Task ExecuteAsync<T>(Func<Task<T>> execute) =>
        Sighting.TryAsync("execute", async () => Sighting.Note("result", await execute()));

    /// <summary>Reads whatever there is.</summary>
    public async Task ReadAsync(Func<Task<DbDataReader>> execute, bool async)
    {
        DbDataReader? reader = null;
        if (!await Sighting.TryAsync("execute", async () => reader = await execute()))
            return;
        await Sighting.TryAsync("read", async () =>
        {
            do
            {
                var rows = 0;
                while (async ? await reader!.ReadAsync() : reader!.Read())
                    rows++;
                Sighting.Note("result", $"{reader.FieldCount} columns, {rows} rows");
            }
            while (async ? await reader.NextResultAsync() : reader.NextResult());
        });
        await CloseAsync(reader!, async);
    }

    /// <summary>Closing reads what is left, so that an error may come here or one step earlier: with the last NextResult.</summary>
    public async Task CloseAsync(DbDataReader reader, bool async)
    {
        await Sighting.TryAsync("read", async () =>
        {
            if (async)
                await reader.DisposeAsync();
            else
                reader.Dispose();
        });
    }

    private static DbBatchCommand Append(DbBatch batch, string text)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = text;
        batch.BatchCommands.Add(command);
        return command;
    }
}
