using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using MirroredMySql.Diagnostics;
using Polly;
using Polly.Retry;

namespace MirroredMySql.Sessions;

/// <summary>Runs an autocommit write again that left nothing behind, as often as the options say.</summary>
internal sealed class WriteRetry
{
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeProvider _time;
    private readonly TimeSpan _delay;

    public WriteRetry(MirroredMySqlOptions options, TimeProvider time, ILogger logger)
    {
        (_time, _delay) = (time, options.RetryDelay);
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (options.RetryAttempts > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<WriteAgainException>(e => !e.IsHeldUp),
                MaxRetryAttempts = options.RetryAttempts,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = arguments =>
                {
                    Log.WriteRetried(logger, arguments.AttemptNumber + 1);
                    return default;
                },
            });
        }

        _pipeline = builder.Build();
    }

    /// <summary>Begins to count how long a caller waits.</summary>
    public Patience Wait(int commandTimeout) => new(_time, commandTimeout);

    /// <param name="first">What the first run failed with; it counts as the attempt that is retried.</param>
    /// <param name="write">The write; it throws <see cref="WriteAgainException"/> when it may run again.</param>
    /// <param name="patience">How long a write is run again that a node's way back holds up.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Ends the waiting between two runs.</param>
    /// <exception cref="Exception">What the last run failed with.</exception>
    public async ValueTask<WriteOutcome> RunAsync(
        WriteAgainException first, Func<CancellationToken, ValueTask<WriteOutcome>> write, Patience patience, bool async, CancellationToken cancellationToken)
    {
        WriteAgainException? failed = first;
        try
        {
            return async
                ? await _pipeline.ExecuteAsync(NextAsync, cancellationToken).ConfigureAwait(false)
                : _pipeline.Execute(token => NextAsync(token).Completed(), cancellationToken);
        }
        catch (WriteAgainException e)
        {
            ExceptionDispatchInfo.Throw(e.Cause);
            throw;
        }

        async ValueTask<WriteOutcome> NextAsync(CancellationToken token)
        {
            var failure = Interlocked.Exchange(ref failed, null);
            while (failure is null || (failure.IsHeldUp && !patience.IsOver))
            {
                try
                {
                    if (failure is not null)
                        await PauseAsync(async, token).ConfigureAwait(false);
                    return await write(token).ConfigureAwait(false);
                }
                catch (WriteAgainException e) when (e.IsHeldUp)
                {
                    failure = e;
                }
            }

            throw failure;
        }
    }

    /// <summary>Waits for a moment before a write that was held up runs again.</summary>
    public async ValueTask PauseAsync(bool async, CancellationToken cancellationToken)
    {
        if (async)
            await Task.Delay(_delay, _time, cancellationToken).ConfigureAwait(false);
        else if (cancellationToken.WaitHandle.WaitOne(_delay))
            cancellationToken.ThrowIfCancellationRequested();
    }
}
