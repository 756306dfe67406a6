using System.Data.Common;
using System.Text.RegularExpressions;
using MirroredMySql.Chaos.Operations;

namespace MirroredMySql.Chaos.Work;

/// <summary>One of several callers at the same time: runs operations at random until it is asked to stop.</summary>
internal sealed partial class Worker
{
    // So that sessions of every age are met, and those that the pool gives out again.
    private const int MaxOperationsPerConnection = 30;

    private readonly Mix _mix;
    private readonly Caller _caller;

    /// <param name="mirror">The data source of the process.</param>
    /// <param name="mix">What is run, and how often.</param>
    /// <param name="random">The worker's own random numbers.</param>
    /// <param name="number">Different for every worker of the run.</param>
    /// <param name="isAsync">Whether it uses the asynchronous calls.</param>
    public Worker(MirroredDbDataSource mirror, Mix mix, Random random, int number, bool isAsync)
    {
        _mix = mix;
        _caller = new Caller(mirror, random, number, isAsync, Report);
    }

    /// <summary>What it has done; to be read when it has ended.</summary>
    public WorkReport Report { get; } = new();

    /// <summary>The kind of statement that it is at, for the case that it does not end.</summary>
    public string Kind => _caller.Kind;

    /// <summary>The text that it has sent last.</summary>
    public string LastSql => _caller.LastSql;

    /// <summary>Runs until it is asked to stop. What is under way is finished: to interrupt a write is to leave it in doubt.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            for (var left = _caller.Next(MaxOperationsPerConnection); left >= 0 && !stop.IsCancellationRequested; left--)
                await RunAsync(_mix.Next(_caller.Random));
            await GuardAsync(_caller.CloseAsync);
        }
    }

    private Task RunAsync(Operation operation)
    {
        _caller.Kind = operation.Kind;
        return GuardAsync(async () =>
        {
            await _caller.OpenAsync();
            await operation.RunAsync(_caller);
        });
    }

    // Whatever happens is counted or reported, and the worker goes on: one surprise must not hide the next.
    private async Task GuardAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (DbException exception) when (ExpectedErrors.NameOf(exception) is { } name)
        {
            WorkReport.Count(Report.Errors, name);
        }
        catch (Exception exception)
        {
            var number = ExpectedErrors.NumberOf(exception) is { } error ? $" {error}" : "";
            var message = Digits().Replace(exception.Message, "…");
            var what = $"{exception.GetType().Name}{number}: {message}";
            Report.Add(new Surprise(Kind, what, $"{LastSql}\n{exception}", Count: 1));
        }
    }

    // What differs in nothing but keys and values is the same surprise.
    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
