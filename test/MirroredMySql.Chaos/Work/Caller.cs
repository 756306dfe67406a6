using System.Data;
using System.Data.Common;

namespace MirroredMySql.Chaos.Work;

/// <summary>
/// What an operation has at hand: a connection through the mirror, random numbers, and calls that are synchronous or asynchronous as the
/// worker is. A synchronous caller's tasks are complete when they are returned.
/// </summary>
internal sealed class Caller(MirroredDbDataSource mirror, Random random, int number, bool isAsync, WorkReport report)
{
    private MirroredDbConnection? _connection;
    private DbTransaction? _transaction;

    public Random Random => random;

    /// <summary>Different for every worker of the run.</summary>
    public int Number => number;

    /// <summary>The kind that statements are counted under.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The text that was sent last.</summary>
    public string LastSql { get; private set; } = "";

    public int Next(int count) => random.Next(count);

    public async Task OpenAsync()
    {
        if (_connection is null)
            _connection = isAsync ? await mirror.OpenConnectionAsync() : mirror.OpenConnection();
    }

    public async Task CloseAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is null)
            return;
        if (isAsync)
            await connection.DisposeAsync();
        else
            connection.Dispose();
    }

    /// <summary>Runs a statement, or several, and returns the affected rows.</summary>
    public async Task<int> RunAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = Command(sql, parameters);
        return isAsync ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery();
    }

    /// <summary>Runs a write that has to affect so many rows.</summary>
    /// <exception cref="WrongAnswerException">It did not.</exception>
    public async Task AffectAsync(int rows, string sql, params (string Name, object? Value)[] parameters)
    {
        if (await RunAsync(sql, parameters) is var affected && affected != rows)
            throw new WrongAnswerException(FormattableString.Invariant($"The statement had to affect {rows} rows and did {affected}: {sql}"));
    }

    /// <summary>Runs a text and returns the first value of its first result.</summary>
    public async Task<object?> ScalarAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = Command(sql, parameters);
        return isAsync ? await command.ExecuteScalarAsync() : command.ExecuteScalar();
    }

    /// <summary>Runs a statement that has to fail with one of these errors.</summary>
    /// <exception cref="WrongAnswerException">It did not.</exception>
    public async Task FailAsync(string sql, params int[] expected)
    {
        try
        {
            await RunAsync(sql);
        }
        catch (DbException exception) when (ExpectedErrors.NumberOf(exception) is { } error && expected.Contains(error))
        {
            WorkReport.Count(report.Errors, ExpectedErrors.NumberName(error));
            return;
        }
        throw new WrongAnswerException($"The statement had to fail with {string.Join(" or ", expected)}: {sql}");
    }

    /// <summary>Runs a statement; an error that is expected is counted, and the caller goes on.</summary>
    public async Task TryAsync(string sql)
    {
        try
        {
            await RunAsync(sql);
        }
        catch (DbException exception) when (ExpectedErrors.NameOf(exception) is { } name)
        {
            WorkReport.Count(report.Errors, name);
        }
    }

    /// <summary>Runs the statements of <paramref name="body"/> in a transaction, and commits it or rolls it back.</summary>
    public async Task TransactAsync(Func<Task> body, IsolationLevel level = IsolationLevel.Unspecified, bool rollsBack = false)
    {
        _transaction = isAsync ? await _connection!.BeginTransactionAsync(level) : _connection!.BeginTransaction(level);
        try
        {
            await body();
            await EndAsync(_transaction, rollsBack);
        }
        finally
        {
            var transaction = _transaction;
            _transaction = null;
            if (isAsync)
                await transaction.DisposeAsync();
            else
                transaction.Dispose();
        }
    }

    /// <summary>Sends several statements as one batch.</summary>
    public async Task BatchAsync(params string[] statements)
    {
        using var batch = _connection!.CreateBatch();
        foreach (var sql in statements)
        {
            Count(sql);
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            batch.BatchCommands.Add(command);
        }
        if (isAsync)
            await batch.ExecuteNonQueryAsync();
        else
            batch.ExecuteNonQuery();
    }

    private async Task EndAsync(DbTransaction transaction, bool rollsBack)
    {
        Count(rollsBack ? "ROLLBACK" : "COMMIT");
        if (rollsBack && isAsync)
            await transaction.RollbackAsync();
        else if (rollsBack)
            transaction.Rollback();
        else if (isAsync)
            await transaction.CommitAsync();
        else
            transaction.Commit();
    }

    private DbCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        Count(sql);
        var command = _connection!.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private void Count(string sql)
    {
        LastSql = sql;
        WorkReport.Count(report.Statements, Kind);
    }
}
