using System.Runtime.CompilerServices;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>Waits for what other threads or processes bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    public static async Task IsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!condition() && DateTime.UtcNow < deadline)
            await Task.Delay(20);
        Assert.That(condition(), Is.True, $"not within {Patience.TotalSeconds} s: {what}");
    }
}
