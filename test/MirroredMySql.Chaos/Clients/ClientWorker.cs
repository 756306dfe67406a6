using System.Data.Common;
using MirroredMySql.Chaos.Work;

namespace MirroredMySql.Chaos.Clients;

/// <summary>One of several callers at the same time: does one deed after the other, and writes down what it was told.</summary>
internal sealed class ClientWorker(MirroredDbDataSource mirror, Diary diary, Progress progress, DeedSource source, int number, bool isAsync)
{
    private const int MaxDeedsPerConnection = 30;

    // A caller that was refused tries again soon, but does not hammer.
    private const int MaxPauseAfterError = 100;

    private readonly Caller _caller = new(mirror, source.Random, number, isAsync, new WorkReport());

    /// <summary>The kind of deed that it is at, for the case that it does not end.</summary>
    public string Kind => _caller.Kind;

    /// <summary>The text that it has sent last.</summary>
    public string LastSql => _caller.LastSql;

    /// <summary>Runs until it is asked to stop. What is under way is finished.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            for (var left = source.Next(MaxDeedsPerConnection); left >= 0 && !stop.IsCancellationRequested; left--)
            {
                if (await DoAsync(source.Next()))
                    continue;
                await PauseAsync(source.Next(MaxPauseAfterError), stop);
                // Some callers throw a connection away that has failed them, and some go on with it.
                if (source.Next(2) == 0)
                    break;
            }
            await CloseAsync();
        }
    }

    private async Task<bool> DoAsync(Deed deed)
    {
        _caller.Kind = deed.Kind;
        var entry = diary.Begin(number, deed);
        long? seen;
        try
        {
            await _caller.OpenAsync();
            seen = await deed.RunAsync(_caller);
        }
        catch (Exception exception)
        {
            if (!FaultErrors.IsExpected(exception))
                Report(exception);
            diary.End(entry, OutcomeOf(exception), Describe(exception));
            return false;
        }
        diary.End(entry, Outcome.Acknowledged, seen: seen);
        source.Remember(deed);
        if (deed is { RollsBack: false, Reads: null })
            progress.Report();
        return true;
    }

    private async Task CloseAsync()
    {
        try
        {
            await _caller.CloseAsync();
        }
        catch (Exception exception)
        {
            if (!FaultErrors.IsExpected(exception))
                Report(exception);
        }
    }

    private async Task PauseAsync(int milliseconds, CancellationToken stop)
    {
        if (isAsync)
            await Task.Delay(milliseconds, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else
            stop.WaitHandle.WaitOne(milliseconds);
    }

    private void Report(Exception exception) =>
        diary.Add(new Surprise(Kind, $"{exception.GetType().Name}: {exception.Message}", $"{LastSql}\n{exception}", Count: 1));

    private static Outcome OutcomeOf(Exception exception) => exception switch
    {
        MirroredDbException { IsInDoubt: true } => Outcome.InDoubt,
        DbException => Outcome.Failed,
        _ => Outcome.InDoubt,
    };

    private static string Describe(Exception exception)
    {
        var number = ExpectedErrors.NumberOf(exception) is { } error ? $" {error}" : "";
        var inner = exception.InnerException is { } cause ? $" ({cause.GetType().Name}: {cause.Message})" : "";
        return $"{exception.GetType().Name}{number}: {exception.Message}{inner}";
    }
}
