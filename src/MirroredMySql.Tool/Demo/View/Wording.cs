namespace MirroredMySql.Tool.Demo.View;

/// <summary>How figures are written.</summary>
internal static class Wording
{
    public static string Milliseconds(TimeSpan? time) => time?.TotalMilliseconds switch
    {
        null => "no answer",
        >= 100 and var many => $"{many:0} ms",
        var few => $"{few:0.00} ms",
    };

    public static string Mode(MirrorStatus status)
    {
        var mode = $"{status.Mode}, the {(status.Lead == NodeRole.Primary ? "primary" : "standby")} leads";
        return status.Suspects.Count == 0 ? mode : $"{mode}, {status.Suspects.Count} suspect tables";
    }
}
