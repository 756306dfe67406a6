using System.Text.Json;

namespace MirroredMySql.Tool.Demo.Shop;

/// <summary>Names, notes and other texts, of the kind that a wrong character set spoils.</summary>
internal static class ShopTexts
{
    private static readonly string[] Names =
    [
        "王小明", "李雷", "韩梅梅", "Zoë Müller", "Søren Ångström", "Łukasz Żółć", "José Núñez", "Анна Каренина", "山田花子", "김민준",
        "O'Brien \"Bob\"", "Back\\slash", "🦊 Foxy", "👩‍👩‍👧 Family",
    ];

    private static readonly string?[] Cities = ["北京", "上海", "Zürich", "São Paulo", "Kraków", "東京", null];

    private static readonly string[] Goods =
    [
        "龙井茶 🍵", "Espresso ☕", "月饼 🥮", "Brötchen 🥖", "辣椒酱 🌶️", "Ünïcödé Käse 🧀", "饺子 🥟", "Smörgås 🥪",
    ];

    private static readonly string?[] Notes =
    [
        null, "", "请放在门口 🙏", "Ring twice; don't knock -- thanks", "生日快乐 🎂🎉", "tab\there, line\nbreak", "100% /* not a comment */ #1",
    ];

    private static readonly string[] Themes = ["dark", "light", "春节 🧧"];

    public static object Customer(string email) => new
    {
        Name = Any(Names),
        Email = email,
        City = Any(Cities),
        Preferences = JsonSerializer.Serialize(new { theme = Theme(), tags = new[] { Any(Goods), Any(Names) }, level = Random.Shared.Next(10) }),
    };

    public static object Product(int number) => new
    {
        Name = number > ShopSchema.Products ? "礼品包装 🎁" : $"{Goods[number % Goods.Length]} {number}",
        Description = Note(),
        Price = Random.Shared.Next(100, 10_000) / 100m,
        Weight = Random.Shared.NextSingle(),
    };

    public static string? Note() => Any(Notes);

    public static string Theme() => Any(Themes);

    public static string Page() => $"/{Any(Goods)}";

    private static T Any<T>(T[] texts) => texts[Random.Shared.Next(texts.Length)];
}
