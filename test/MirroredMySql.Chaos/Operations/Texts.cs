using System.Text.Json;

namespace MirroredMySql.Chaos.Operations;

/// <summary>Texts of the kind that a wrong character set, or a careless lexer, spoils.</summary>
internal static class Texts
{
    private static readonly string[] Phrases =
    [
        "北京 🦊", "生日快乐 🎂🎉", "O'Brien \"Bob\"", "back\\slash", "100% /* no comment */ #1 -- neither",
        "tab\there, line\nbreak", "👩‍👩‍👧", "Ünïcödé; DROP", "",
    ];

    public static string Phrase(Random random) => Phrases[random.Next(Phrases.Length)];

    public static string Json(Random random) =>
        JsonSerializer.Serialize(new { 名 = Phrase(random), n = random.Next(1000), list = new object?[] { 1, null, Phrase(random) } });

    public static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return bytes;
    }
}
