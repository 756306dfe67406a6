namespace MirroredMySql.LocalServers;

/// <summary>Two servers of the same flavour, started in parallel.</summary>
/// <remarks>
/// Who has two servers already sets the environment variables <c>MIRROREDMYSQL_TEST_PRIMARY</c> and <c>MIRROREDMYSQL_TEST_STANDBY</c> to
/// their connection strings. They are then the pair of their flavour, <see cref="LocalServer.CanControl"/> is false, and the
/// administrator's connection string is the same one.
/// </remarks>
public sealed class LocalServerPair : IAsyncDisposable
{
    private LocalServerPair(LocalServer primary, LocalServer standby)
    {
        Primary = primary;
        Standby = standby;
    }

    /// <summary>The first server.</summary>
    public LocalServer Primary { get; }

    /// <summary>The second server.</summary>
    public LocalServer Standby { get; }

    /// <summary>Starts both servers, and returns when both serve clients.</summary>
    /// <exception cref="LocalServerException">There is no such server here, or one did not start; the message says which.</exception>
    public static async Task<LocalServerPair> StartAsync(
        ServerFlavor flavor, LocalServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalServerOptions();
        var attached = await AttachedServers.FindAsync(flavor, options, cancellationToken).ConfigureAwait(false);
        if (attached is var (first, second))
            return new LocalServerPair(first, second);

        var primary = LocalServer.StartAsync(flavor, options, cancellationToken);
        var standby = LocalServer.StartAsync(flavor, options, cancellationToken);
        try
        {
            return new LocalServerPair(await primary.ConfigureAwait(false), await standby.ConfigureAwait(false));
        }
        catch
        {
            foreach (var start in new[] { primary, standby })
            {
                await Task.WhenAny(start).ConfigureAwait(false);
                if (start.IsCompletedSuccessfully)
                    await (await start.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
            throw;
        }
    }

    /// <summary>Ends both servers and removes all that they have written.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Primary.DisposeAsync().AsTask(), Standby.DisposeAsync().AsTask()).ConfigureAwait(false);
    }
}
