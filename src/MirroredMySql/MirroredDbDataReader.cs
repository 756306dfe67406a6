using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using MirroredMySql.Drivers;
using MirroredMySql.Sessions;

namespace MirroredMySql;

/// <summary>
/// Reads the result sets of a command. A write that returns rows is committed on both nodes when its last row has been read or the
/// reader is closed, whichever comes first; closing may therefore throw what a COMMIT may throw. Not thread-safe.
/// </summary>
public sealed class MirroredDbDataReader : DbDataReader, IDbColumnSchemaGenerator
{
    private static readonly ReadOnlyCollection<DbColumn> NoColumns = new([]);

    private readonly MirroredDbConnection _connection;
    private readonly CommandRun _run;
    private readonly bool _closesConnection;
    private NodeReader? _reader;
    private DbDataReader? _rows; // the driver's own, for what waits for nothing
    private int _affectedAtClose = -1;
    private bool _isClosed;

    private MirroredDbDataReader(MirroredDbConnection connection, CommandRun run, bool closesConnection)
    {
        _connection = connection;
        _run = run;
        _closesConnection = closesConnection;
    }

    internal static async ValueTask<MirroredDbDataReader> StartAsync(
        MirroredDbConnection connection, CommandRun run, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        var reader = new MirroredDbDataReader(connection, run, behavior.HasFlag(CommandBehavior.CloseConnection));
        try
        {
            reader.StandOn(await run.NextRowsAsync(wantsRows: true, async, cancellationToken).ConfigureAwait(false));
        }
        catch when (reader._closesConnection)
        {
            await connection.CloseCoreAsync(async).ConfigureAwait(false);
            throw;
        }

        connection.OpenReader = reader;
        return reader;
    }

    /// <summary>The first column of the first row, or null when there is none; then runs to the end.</summary>
    internal static async ValueTask<object?> ScalarAsync(
        MirroredDbConnection connection, CommandRun run, bool async, CancellationToken cancellationToken)
    {
        var reader = await StartAsync(connection, run, CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        try
        {
            var hasRow = reader.FieldCount > 0 && await reader.ReadCoreAsync(async, cancellationToken).ConfigureAwait(false);
            var value = hasRow ? reader.GetValue(0) : null;
            while (await reader.NextResultCoreAsync(async, CancellationToken.None).ConfigureAwait(false))
            {
            }

            return value;
        }
        finally
        {
            await reader.CloseCoreAsync(async).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override int Depth => Rows.Depth;

    /// <inheritdoc/>
    public override int FieldCount => _isClosed ? throw Closed() : _rows?.FieldCount ?? 0;

    /// <inheritdoc/>
    public override int VisibleFieldCount => _isClosed ? throw Closed() : _rows?.VisibleFieldCount ?? 0;

    /// <inheritdoc/>
    public override bool HasRows => _isClosed ? throw Closed() : _rows?.HasRows ?? false;

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <summary>Affected rows of all statements, the lead's; -1 when there was nothing but reads. Final once the reader is closed.</summary>
    public override int RecordsAffected => _isClosed ? _affectedAtClose : _run.Affected < 0 ? _rows?.RecordsAffected ?? -1 : _run.Affected;

    /// <inheritdoc/>
    public override object this[int ordinal] => Rows[ordinal];

    /// <inheritdoc/>
    public override object this[string name] => Rows[name];

    /// <summary>The driver's own reader of the current result set.</summary>
    /// <exception cref="InvalidCastException">The driver's reader is of another type.</exception>
    public T Unwrap<T>()
        where T : DbDataReader => (T)Rows;

    /// <inheritdoc/>
    public override bool Read()
    {
        if (_isClosed)
            throw Closed();
        return ReadCoreAsync(async: false, CancellationToken.None).Completed();
    }

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_isClosed)
            throw Closed();
        return ReadCoreAsync(async: true, cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override bool NextResult() => NextResultCoreAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) => NextResultCoreAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Close() => CloseCoreAsync(async: false).Completed();

    /// <inheritdoc/>
    public override Task CloseAsync() => CloseCoreAsync(async: true).AsTask();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseCoreAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => Rows.GetBoolean(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => Rows.GetByte(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Rows.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => Rows.GetChar(ordinal);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Rows.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => Rows.GetDataTypeName(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => Rows.GetDateTime(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => Rows.GetDecimal(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => Rows.GetDouble(ordinal);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <inheritdoc/>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => Rows.GetFieldType(ordinal);

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => Rows.GetFieldValue<T>(ordinal);

    /// <inheritdoc/>
    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) =>
        Rows.GetFieldValueAsync<T>(ordinal, cancellationToken);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => Rows.GetFloat(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => Rows.GetGuid(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => Rows.GetInt16(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => Rows.GetInt32(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => Rows.GetInt64(ordinal);

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Rows.GetName(ordinal);

    /// <inheritdoc/>
    public override int GetOrdinal(string name) => Rows.GetOrdinal(name);

    /// <inheritdoc/>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetProviderSpecificFieldType(int ordinal) => Rows.GetProviderSpecificFieldType(ordinal);

    /// <inheritdoc/>
    public override object GetProviderSpecificValue(int ordinal) => Rows.GetProviderSpecificValue(ordinal);

    /// <inheritdoc/>
    public override int GetProviderSpecificValues(object[] values) => Rows.GetProviderSpecificValues(values);

    /// <inheritdoc/>
    public override DataTable? GetSchemaTable() => _isClosed ? throw Closed() : _rows?.GetSchemaTable();

    /// <inheritdoc/>
    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken cancellationToken = default) =>
        _isClosed ? throw Closed() : _rows?.GetSchemaTableAsync(cancellationToken) ?? Task.FromResult<DataTable?>(null);

    /// <inheritdoc/>
    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken cancellationToken = default) =>
        _isClosed ? throw Closed() : _rows?.GetColumnSchemaAsync(cancellationToken) ?? Task.FromResult(NoColumns);

    /// <summary>Describes the columns of the current result set.</summary>
    public ReadOnlyCollection<DbColumn> GetColumnSchema() => _isClosed ? throw Closed() : _rows?.GetColumnSchema() ?? NoColumns;

    /// <inheritdoc/>
    public override Stream GetStream(int ordinal) => Rows.GetStream(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => Rows.GetString(ordinal);

    /// <inheritdoc/>
    public override TextReader GetTextReader(int ordinal) => Rows.GetTextReader(ordinal);

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => Rows.GetValue(ordinal);

    /// <inheritdoc/>
    public override int GetValues(object[] values) => Rows.GetValues(values);

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Rows.IsDBNull(ordinal);

    /// <inheritdoc/>
    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) => Rows.IsDBNullAsync(ordinal, cancellationToken);

    /// <inheritdoc/>
    protected override DbDataReader GetDbDataReader(int ordinal) => Rows.GetData(ordinal);

    private DbDataReader Rows => _isClosed ? throw Closed() : _rows ?? throw new InvalidOperationException("There is no result set.");

    private void StandOn(NodeReader? reader) => (_reader, _rows) = (reader, reader?.Rows);

    private async ValueTask<bool> ReadCoreAsync(bool async, CancellationToken cancellationToken)
    {
        if (_reader is not { } reader)
            return false;
        try
        {
            return await reader.AdvanceAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            StandOn(null);
            var failure = await _run.FailedAsync(e, async).ConfigureAwait(false);
            if (failure == e)
                throw;
            throw failure;
        }
    }

    private async ValueTask<bool> NextResultCoreAsync(bool async, CancellationToken cancellationToken)
    {
        if (_isClosed)
            throw Closed();
        StandOn(null);
        StandOn(await _run.NextRowsAsync(wantsRows: true, async, cancellationToken).ConfigureAwait(false));
        return _rows is not null;
    }

    private async ValueTask CloseCoreAsync(bool async)
    {
        if (_isClosed)
            return;
        _isClosed = true;
        try
        {
            await _run.CloseAsync(async).ConfigureAwait(false);
        }
        finally
        {
            _affectedAtClose = _run.Affected;
            StandOn(null);
            _connection.OpenReader = null;
            if (_closesConnection)
                await _connection.CloseCoreAsync(async).ConfigureAwait(false);
        }
    }

    private static InvalidOperationException Closed() => new("The reader is closed.");
}
