using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using MirroredMySql.Sessions;

namespace MirroredMySql;

/// <summary>One command of a <see cref="MirroredDbBatch"/>.</summary>
public sealed class MirroredDbBatchCommand : DbBatchCommand
{
    private readonly DbCommand _own;
    private readonly CallerCommand _caller;
    private string _text = "";
    private int _recordsAffected = -1;

    /// <summary>Creates a command for the installed driver.</summary>
    public MirroredDbBatchCommand()
        : this(MirroredDbProviderFactory.Instance)
    {
    }

    /// <summary>Creates a command with a text.</summary>
    public MirroredDbBatchCommand(string commandText)
        : this() => _text = commandText;

    internal MirroredDbBatchCommand(MirroredDbProviderFactory factory)
    {
        _own = factory.CreateDriverCommand();
        _caller = new CallerCommand(_own);
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? "";
    }

    /// <inheritdoc/>
    public override CommandType CommandType
    {
        get => _own.CommandType;
        set => _own.CommandType = value;
    }

    /// <summary>The rows that this command alone has affected, the lead's; -1 for a read and before execution.</summary>
    public override int RecordsAffected => _recordsAffected;

    /// <inheritdoc/>
    public override bool CanCreateParameter => true;

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _own.Parameters;

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => _own.CreateParameter();

    internal ScriptedCommand Script(Session session, int timeout)
    {
        _recordsAffected = -1;
        _own.CommandTimeout = timeout;
        return session.Script(_caller, _text) with { Report = affected => _recordsAffected = affected };
    }

    internal void Cancel(ILogger logger) => _caller.Cancel(logger);

    internal void Release() => _own.Dispose();
}
