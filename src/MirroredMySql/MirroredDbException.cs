using System.Data.Common;

namespace MirroredMySql;

/// <summary>
/// What the mirror itself has to say: a configuration that cannot work, a statement that cannot be mirrored, both nodes gone, an
/// outcome that is in doubt. Errors of SQL reach the caller as the driver's own exceptions, not as this one.
/// </summary>
public sealed class MirroredDbException : DbException
{
    private readonly bool _isTransient;
    private readonly string? _sqlState;

    /// <summary>Creates an exception without a message.</summary>
    public MirroredDbException()
    {
    }

    /// <summary>Creates an exception with a message that says what happened and what to do.</summary>
    public MirroredDbException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with the error behind it; <see cref="AggregateException"/> carries one error per node.</summary>
    public MirroredDbException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal MirroredDbException(string message, Exception? innerException, bool isTransient, string? sqlState = null)
        : base(message, innerException)
    {
        _isTransient = isTransient;
        _sqlState = sqlState;
    }

    /// <summary>The node that the message is about, or null when it is about both or neither.</summary>
    public NodeRole? Node { get; internal init; }

    /// <summary>
    /// True when it is unknown whether the write was committed. Never run it again on a guess: look at the data first.
    /// </summary>
    public bool IsInDoubt { get; internal init; }

    /// <summary>True when nothing was committed and running the whole transaction again may succeed.</summary>
    public override bool IsTransient => _isTransient;

    /// <inheritdoc/>
    public override string? SqlState => _sqlState ?? (InnerException as DbException)?.SqlState;
}
