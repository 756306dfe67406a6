using System.Reflection;

namespace MirroredMySql.Chaos.Clients;

/// <summary>Asks the mirror to let the other node lead.</summary>
internal static class LeadSwitch
{
    /// <returns>False when the library cannot do that.</returns>
    public static async Task<bool> TryRunAsync(MirroredDbDataSource mirror, NodeRole lead)
    {
        var method = typeof(MirroredDbDataSource).GetMethod("SwitchLeadAsync", [typeof(NodeRole), typeof(CancellationToken)]);
        object[] arguments = [lead, CancellationToken.None];
        if (method?.Invoke(mirror, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null) is not Task switching)
            return false;
        await switching;
        return true;
    }
}
