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

    public WriteRetry(MirroredMySqlOptions options, TimeProvider time, ILogger logger)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (options.RetryAttempts > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<WriteAgainException>(),
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

    /// <param name="first">What the first run failed with; it counts as the attempt that is retried.</param>
    /// <param name="write">The write; it throws <see cref="WriteAgainException"/> when it may run again.</param>
    /// <param name="async">Whether to run asynchronously.</param>
    /// <param name="cancellationToken">Ends the waiting between two runs.</param>
    /// <exception cref="Exception">What the last run failed with.</exception>
    public async ValueTask<WriteOutcome> RunAsync(
        WriteAgainException first, Func<CancellationToken, ValueTask<WriteOutcome>> write, bool async, CancellationToken cancellationToken)
    {
        WriteAgainException? failed = first;
        try
        {
            return async
                ? await _pipeline.ExecuteAsync(Next, cancellationToken).ConfigureAwait(false)
                : _pipeline.Execute(token => Next(token).Completed(), cancellationToken);
        }
        catch (WriteAgainException e)
        {
            ExceptionDispatchInfo.Throw(e.Cause);
            throw;
        }

        ValueTask<WriteOutcome> Next(CancellationToken token)
        {
            var failure = Interlocked.Exchange(ref failed, null);
            return failure is null ? write(token) : ValueTask.FromException<WriteOutcome>(failure);
        }
    }
}
