using System.Runtime.CompilerServices;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>Waits for what other threads or processes bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    public static Task IsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null) =>
        IsAsync(() => Task.FromResult(condition()), what);

    public static async Task IsAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!await condition())
        {
            Assert.That(DateTime.UtcNow, Is.LessThan(deadline), $"not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(20);
        }
    }
}
