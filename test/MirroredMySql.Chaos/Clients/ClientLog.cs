using Microsoft.Extensions.Logging;

namespace MirroredMySql.Chaos.Clients;

/// <summary>
/// Writes what the mirror logs into a file, which helps when the run has failed, and tells of the events by which the formation changes.
/// </summary>
internal sealed class ClientLog(string path, Action<string, long> tell) : ILoggerFactory, ILogger
{
    // Their names are those of the methods in the mirror's own Log.
    private static readonly HashSet<string> Told = ["NodeLost", "FailedOver", "NodeAdmitted", "LeadSwitched"];

    private readonly StreamWriter _file = new(path) { AutoFlush = true };
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The log of a chaos client is a file.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        lock (_lock)
            _file.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {eventId.Name}: {formatter(state, exception)} {exception}");
        if (eventId.Name is { } name && Told.Contains(name))
            tell(name, CountOf(state));
    }

    public void Dispose() => _file.Dispose();

    private static long CountOf(object? state) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> values && values.FirstOrDefault(value => value.Key == "Count").Value is long count ? count : 0;
}
