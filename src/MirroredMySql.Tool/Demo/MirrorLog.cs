using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MirroredMySql.Tool.Demo;

/// <summary>Keeps the warnings and errors that the mirror logs, to be told at the end: a live table leaves no room for them.</summary>
internal sealed class MirrorLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = [];

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _lines.Enqueue(exception is null ? formatter(state, null) : $"{formatter(state, exception)} ({exception.Message})");
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
