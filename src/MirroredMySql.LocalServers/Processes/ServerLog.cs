namespace MirroredMySql.LocalServers.Processes;

/// <summary>Reads the log of a server that is still writing it.</summary>
internal static class ServerLog
{
    private const int TailLength = 16 * 1024;

    public static string Tail(string path)
    {
        if (!File.Exists(path))
            return "";
        using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Seek(-Math.Min(log.Length, TailLength), SeekOrigin.End);
        return new StreamReader(log).ReadToEnd();
    }
}
