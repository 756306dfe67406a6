using Dapper;

namespace MirroredMySql.Tool.Demo.Shop;

/// <summary>What the shop does with single statements, each of which is a transaction of its own.</summary>
internal static class Autocommit
{
    private const int MaxPictureLength = 4000;

    public static async Task<Receipt> WelcomeCustomerAsync(MirroredDbConnection connection)
    {
        var id = await connection.ExecuteScalarAsync<long>(
            """
            INSERT INTO customers (name, email, city, preferences) VALUES (@Name, @Email, @City, @Preferences);
            SELECT LAST_INSERT_ID()
            """,
            ShopTexts.Customer($"{Guid.NewGuid()}@shop.example"));
        return id > ShopSchema.Customers
            ? new Receipt(1, ("customers", 1))
            : throw new InvalidOperationException($"LAST_INSERT_ID() is {id} after a customer was added.");
    }

    // Several workers insert the same pages in different orders, so that some of them deadlock.
    public static async Task<Receipt> CountViewsAsync(MirroredDbConnection connection)
    {
        await connection.ExecuteAsync(
            """
            INSERT INTO page_views (page, viewed_on, views)
            VALUES (@First, CURRENT_DATE, 1), (@Second, CURRENT_DATE, 2), (@Third, CURRENT_DATE, 1)
            ON DUPLICATE KEY UPDATE views = views + VALUES(views), last_at = CURRENT_TIME(6)
            """,
            new { First = ShopTexts.Page(), Second = ShopTexts.Page(), Third = ShopTexts.Page() });
        return new Receipt(1);
    }

    public static async Task<Receipt> RateAndRepriceAsync(MirroredDbConnection connection)
    {
        await connection.ExecuteAsync(
            """
            UPDATE products
            SET rating = rating + (@Stars - rating) / (ratings + 1), ratings = ratings + 1, price = LEAST(GREATEST(price * @Factor, 1), 9999)
            WHERE id = @Product
            """,
            new { Stars = Random.Shared.Next(1, 6), Factor = Random.Shared.Next(900, 1112) / 1000m, Product = AnyProduct() });
        return new Receipt(1);
    }

    public static async Task<Receipt> ChangePreferencesAsync(MirroredDbConnection connection)
    {
        await connection.ExecuteAsync(
            """
            UPDATE customers
            SET preferences = JSON_SET(preferences, '$.theme', @Theme, '$.seen', NOW(6)), city = NULLIF(city, @City)
            WHERE id = @Customer
            """,
            new { Theme = ShopTexts.Theme(), City = "北京", Customer = AnyCustomer() });
        return new Receipt(1);
    }

    public static async Task<Receipt> TakePictureAsync(MirroredDbConnection connection)
    {
        var picture = new byte[Random.Shared.Next(MaxPictureLength)];
        Random.Shared.NextBytes(picture);
        await connection.ExecuteAsync(
            "UPDATE products SET picture = @Picture WHERE id = @Product",
            new { Picture = Random.Shared.Next(5) == 0 ? null : picture, Product = AnyProduct() });
        return new Receipt(1);
    }

    public static async Task<Receipt> ShipAsync(MirroredDbConnection connection)
    {
        var order = await AnyOrderAsync(connection);
        await connection.ExecuteAsync(
            "UPDATE orders SET status = 'shipped', note = @Note WHERE id = @Order AND status = 'new'",
            new { Note = ShopTexts.Note(), Order = order });
        return new Receipt(1);
    }

    public static async Task<Receipt> RestockAsync(MirroredDbConnection connection)
    {
        await connection.ExecuteAsync("UPDATE stock SET quantity = quantity + 200, counted_on = CURRENT_DATE WHERE quantity < 100");
        return new Receipt(1);
    }

    public static async Task<Receipt> BrowseAsync(MirroredDbConnection connection)
    {
        await using var results = await connection.QueryMultipleAsync(
            """
            SELECT id, name, price FROM products ORDER BY rating DESC LIMIT 10;
            SELECT COUNT(*) FROM orders WHERE customer_id = @Customer;
            """,
            new { Customer = AnyCustomer() });
        await results.ReadAsync<(int Id, string Name, decimal Price)>();
        await results.ReadSingleAsync<long>();
        return Receipt.Nothing;
    }

    public static int AnyCustomer() => Random.Shared.Next(1, ShopSchema.Customers + 1);

    public static int AnyProduct() => Random.Shared.Next(1, ShopSchema.Products + 1);

    /// <summary>The number of an order that there is, or was.</summary>
    public static async Task<long> AnyOrderAsync(MirroredDbConnection connection) =>
        Random.Shared.NextInt64(1, 1 + Math.Max(1, await connection.ExecuteScalarAsync<long>("SELECT COALESCE(MAX(id), 1) FROM orders")));
}
